/*
 * Private keys. The rest of the worker sees a handle and never key material, so that a key may one day live in a token.
 * Whoever makes or loads a key frees it.
 */
#pragma once

#include "varlink/worker.h"
#include "worker/x509/crypto.h"

/* KEY_EC_P256 and so on: the type KeyType of the IDL. */
enum key_type { WORKER_KEY_TYPE_VALUES(KEY_) };

/* The names of the interface, in the order of the enum, NULL-terminated. */
extern const char *const key_type_names[];

struct private_key;

/* Returns the type of that name, or -EINVAL. */
int key_type_from_string(const char *name);

/* Puts keys that are made or read from now on into memory of their own: between guard pages, locked, and erased when freed.
 * To be called once, at the start. Returns 0, -ENOMEM, or -EPERM if the memory has no lock or no guard pages. */
int private_key_guard(void);

/* Makes a key. Returns 0 or -EIO. */
int private_key_generate(enum key_type type, struct private_key **ret);

/* Reads an unencrypted private key in PEM. Returns 0, -EINVAL if it isn't one, or -ENOMEM. */
int private_key_load(const char *pem, struct private_key **ret);

/* Reads an unencrypted private key as a server sends it: PEM, DER or base64 of DER. Returns as private_key_load(). */
int private_key_parse(const char *body, size_t size, struct private_key **ret);

/* Writes PKCS#8 in PEM, which the caller erases and frees. Returns 0, -EIO or -ENOMEM. */
int private_key_to_pem(const struct private_key *key, char **ret);

/* Returns OpenSSL's handle of the key; borrowed. */
EVP_PKEY *private_key_handle(const struct private_key *key);

/* Writes the name of a key's type into out[size]: as the interface has it, or "rsa_4096" and the like for others. */
void key_describe(EVP_PKEY *pkey, char *out, size_t size);

/* Accepts NULL, returns NULL. */
struct private_key *private_key_free(struct private_key *key);

static inline void private_key_freep(struct private_key **key)
{
    private_key_free(*key);
}

#define _cleanup_private_key_ _cleanup_(private_key_freep)
