/*
 * Private keys. The rest of the worker sees a struct private_key and what it can do, never key material, so
 * that a key may one day live in a token. Whoever made or loaded one frees it.
 */
#pragma once

#include "varlink/worker.h"
#include "worker/x509/crypto.h"

/* KEY_EC_P256 and so on: the type KeyType of the IDL. */
enum key_type { WORKER_KEY_TYPE_VALUES(KEY_) };

/* The names of the interface, in the order of the enum, NULL-terminated. */
extern const char *const key_type_names[];

struct private_key;

/* The type of that name, or -EINVAL. */
int key_type_from_string(const char *name);

/* Keys that are made or read from now on lie between guard pages, locked and erased. 0, -ENOMEM, or -EPERM if they lie
 * there without lock or guard. Once, at the start. */
int private_key_guard(void);

/* Makes a key. 0 or -EIO. */
int private_key_generate(enum key_type type, struct private_key **ret);

/* Reads an unencrypted private key in PEM. 0, -EINVAL if it is none, -ENOMEM. */
int private_key_load(const char *pem, struct private_key **ret);

/* Reads an unencrypted private key as a server sends it: PEM, DER or base64 of it. The same results. */
int private_key_parse(const char *body, size_t size, struct private_key **ret);

/* PKCS#8 in PEM; the caller erases and frees it. 0 or -EIO. */
int private_key_to_pem(const struct private_key *key, char **ret);

/* The handle for signing; borrowed. */
EVP_PKEY *private_key_handle(const struct private_key *key);

/* The name of a key's type as the interface has it, or "rsa_4096" and the like for foreign ones. */
void key_describe(EVP_PKEY *pkey, char *out, size_t size);

/* Accepts NULL, returns NULL. */
struct private_key *private_key_free(struct private_key *key);

static inline void private_key_freep(struct private_key **key)
{
    private_key_free(*key);
}

#define _cleanup_private_key_ _cleanup_(private_key_freep)
