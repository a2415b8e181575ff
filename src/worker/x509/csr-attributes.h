/*
 * CSR attributes: what an EST server wants in a certificate request, by its answer to /csrattrs (RFC 7030, 4.5.2; RFC 8951,
 * 4). Unknown ones are only listed, by their OIDs.
 */
#pragma once

#include "common/json.h"
#include "worker/x509/crypto.h"

enum {
    CSR_ATTRIBUTES_MAX = 32, /* of each kind; more are ignored */
};

struct csr_attributes {
    bool challenge_password;
    bool malformed; /* some couldn't be read and were left out */
    int digest;     /* NID; NID_undef: the server names none */
    bool key_usage, extended_key_usage, alternative_name;
    /* As key_describe() writes them, or "ec" and "rsa" for any of the kind. An empty list takes every key. */
    char key_types[CSR_ATTRIBUTES_MAX][32];
    size_t n_key_types;
    char other[CSR_ATTRIBUTES_MAX][64];
    size_t n_other;
};

/* Reads a body in base64 or DER; the list may be empty. Returns 0, -EBADMSG if it isn't a list, or -ENOMEM. An
 * attribute that can't be read spoils no other. */
int csr_attributes_parse(const char *body, size_t size, struct csr_attributes *ret);

/* True if the server takes the key. */
bool csr_attributes_take_key(const struct csr_attributes *attributes, EVP_PKEY *pkey);

/* Returns the first type of key that the server takes and that we can make with at least that many bits of
 * security, by its name in the interface; NULL if there is none. */
const char *csr_attributes_key_type(const struct csr_attributes *attributes, int strength);

/* Makes the object CsrAttributes of the interface. Returns 0 or -ENOMEM. */
int csr_attributes_to_json(const struct csr_attributes *attributes, json_object **ret);
