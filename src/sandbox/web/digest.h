/*
 * HTTP Digest authentication (RFC 7616, quality of protection "auth"), the server's side. Nonces are not stored: each
 * is the time and a hash of it under a key that lives as long as the process. libmicrohttpd's own functions don't serve
 * here: they queue their challenge themselves, past the faults that act on an answer.
 */
#pragma once

#include <gnutls/gnutls.h>
#include <stddef.h>

#define DIGEST_REALM "est"
#define DIGEST_CHALLENGE_SIZE 256
#define DIGEST_NONCE_LENGTH 40 /* 8 digits of the time and 32 of the hash */

/* The fields of an Authorization header that count. */
struct digest {
    char username[80];
    char nonce[DIGEST_NONCE_LENGTH + 1];
    char uri[512];
    char response[65];
    char cnonce[130];
    char nc[9];
    char realm[16];
    char qop[16];
    gnutls_digest_algorithm_t algorithm;
};

/* The nonce of a challenge. */
enum digest_nonce {
    DIGEST_NEW,
    DIGEST_AGED,     /* too old from the start: asks again */
    DIGEST_REPLACED, /* replaces a nonce that was too old */
};

/* Writes the value of a WWW-Authenticate header; text has room for DIGEST_CHALLENGE_SIZE. 0 or -EIO. */
int digest_write_challenge(gnutls_digest_algorithm_t algorithm, enum digest_nonce nonce, char *text);

/* Parses the value of an Authorization header. 0, or -EBADMSG if its scheme is not Digest or a field is missing. */
int digest_parse(const char *header, struct digest *ret);

/* Checks that the client knows the password. 0; -ESTALE if the nonce is too old, or -EACCES, both with a
 * constant sentence in *ret_problem; -EIO. */
int digest_verify(const struct digest *digest, const char *method, const char *path, const char *password,
    const char **ret_problem);
