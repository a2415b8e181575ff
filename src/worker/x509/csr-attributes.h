/*
 * What an EST server wants in a certificate request: the answer to /csrattrs (RFC 7030, 4.5.2; RFC 8951, 4). What is
 * not understood is kept by its OID and otherwise ignored.
 */
#pragma once

#include "common/json.h"
#include "worker/x509/crypto.h"

enum {
    CSR_ATTRIBUTES_MAX = 32, /* of a kind; more are ignored */
};

struct csr_attributes {
    bool challenge_password;
    int digest; /* NID; NID_undef: the server does not say */
    bool key_usage, extended_key_usage, alternative_name;
    /* As key_describe writes them, or "ec" and "rsa" for any of the kind; none: any. */
    char key_types[CSR_ATTRIBUTES_MAX][32];
    size_t n_key_types;
    char other[CSR_ATTRIBUTES_MAX][64];
    size_t n_other;
};

/* Reads a body: base64 or DER. -EBADMSG if it is no list of attributes, -ENOMEM. An empty list is fine. */
int csr_attributes_parse(const char *body, size_t size, struct csr_attributes *ret);

/* True if a key is of a type that is asked for, or none is. */
bool csr_attributes_take_key(const struct csr_attributes *attributes, EVP_PKEY *pkey);

/* The first type that is asked for and that we can make, as the interface names it; NULL if there is none. */
const char *csr_attributes_key_type(const struct csr_attributes *attributes);

/* The object CsrAttributes of the interface. 0 or -ENOMEM. */
int csr_attributes_tell(const struct csr_attributes *attributes, json_object **ret);
