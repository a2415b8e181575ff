#include "sandbox/web/digest.h"

#include "common/memory.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NONCE_LIFE 300
#define HASH_MAX 32
#define TIME_LENGTH 8

static unsigned char key[32];
static int key_result;
static pthread_once_t key_made = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    key_result = gnutls_rnd(GNUTLS_RND_KEY, key, sizeof(key));
}

static const char *algorithm_name(gnutls_digest_algorithm_t algorithm)
{
    return algorithm == GNUTLS_DIG_SHA256 ? "SHA-256" : "MD5";
}

/* Writes bytes in hexadecimal; text has room for all of them. */
static int write_hex(unsigned char *data, size_t size, char *text)
{
    size_t text_size = 2 * size + 1;

    return gnutls_hex_encode(&(gnutls_datum_t){ data, (unsigned)size }, text, &text_size) < 0 ? -EIO : 0;
}

/* Writes the nonce of that time: the same time gives the same nonce. */
static int make_nonce(uint32_t when, char *nonce)
{
    unsigned char mac[32];

    (void)pthread_once(&key_made, make_key);
    snprintf(nonce, TIME_LENGTH + 1, "%08x", when);
    if (key_result < 0 || gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, sizeof(key), nonce, TIME_LENGTH, mac) < 0)
        return -EIO;
    return write_hex(mac, (DIGEST_NONCE_LENGTH - TIME_LENGTH) / 2, nonce + TIME_LENGTH);
}

int digest_write_challenge(gnutls_digest_algorithm_t algorithm, enum digest_nonce kind, char *text)
{
    char nonce[DIGEST_NONCE_LENGTH + 1];
    int r = make_nonce((uint32_t)time(NULL) - (kind == DIGEST_AGED ? NONCE_LIFE + 1 : 0), nonce);

    if (r < 0)
        return r;
    snprintf(text, DIGEST_CHALLENGE_SIZE,
        "Digest realm=\"" DIGEST_REALM "\", qop=\"auth\", algorithm=%s, nonce=\"%s\"%s",
        algorithm_name(algorithm), nonce, kind == DIGEST_REPLACED ? ", stale=true" : "");
    return 0;
}

/* Finds the value of a field and writes it without its quotes. */
static int find_field(const char *fields, const char *name, char *value, size_t size)
{
    size_t length = strlen(name);

    for (const char *p = fields; *p;) {
        const char *begin, *end;

        p += strspn(p, ", \t");
        begin = p + strcspn(p, "=");
        if (*begin == '\0')
            break;
        begin++;
        if (*begin == '"') {
            begin++;
            end = strchr(begin, '"');
            if (!end)
                break;
        } else {
            end = begin + strcspn(begin, ", \t");
        }
        if (strncasecmp(p, name, length) == 0 && p[length] == '=') {
            if ((size_t)(end - begin) >= size)
                break;
            memcpy(value, begin, (size_t)(end - begin));
            value[end - begin] = '\0';
            return 0;
        }
        p = *end == '"' ? end + 1 : end;
    }
    return -EBADMSG;
}

int digest_parse(const char *header, struct digest *ret)
{
    struct digest digest = { .algorithm = GNUTLS_DIG_MD5 };
    const struct {
        const char *name;
        char *value;
        size_t size;
    } fields[] = {
        { "username", digest.username, sizeof(digest.username) },
        { "nonce", digest.nonce, sizeof(digest.nonce) },
        { "uri", digest.uri, sizeof(digest.uri) },
        { "response", digest.response, sizeof(digest.response) },
        { "cnonce", digest.cnonce, sizeof(digest.cnonce) },
        { "nc", digest.nc, sizeof(digest.nc) },
        { "realm", digest.realm, sizeof(digest.realm) },
        { "qop", digest.qop, sizeof(digest.qop) },
    };
    char algorithm[16];

    if (strncasecmp(header, "Digest ", 7) != 0)
        return -EBADMSG;
    for (size_t i = 0; i < ELEMENTS(fields); i++)
        if (find_field(header + 7, fields[i].name, fields[i].value, fields[i].size) < 0)
            return -EBADMSG;
    if (find_field(header + 7, "algorithm", algorithm, sizeof(algorithm)) >= 0) {
        if (strcasecmp(algorithm, "SHA-256") == 0)
            digest.algorithm = GNUTLS_DIG_SHA256;
        else if (strcasecmp(algorithm, "MD5") != 0)
            return -EBADMSG;
    }
    *ret = digest;
    return 0;
}

/* Writes the hash of the texts, with colons between them, in hexadecimal. */
static int hash_texts(gnutls_digest_algorithm_t algorithm, const char *const *texts, char *ret)
{
    unsigned char result[HASH_MAX];
    gnutls_hash_hd_t state;

    if (gnutls_hash_init(&state, algorithm) < 0)
        return -EIO;
    for (size_t i = 0; texts[i]; i++) {
        if (i > 0)
            (void)gnutls_hash(state, ":", 1);
        (void)gnutls_hash(state, texts[i], strlen(texts[i]));
    }
    gnutls_hash_deinit(state, result);
    return write_hex(result, gnutls_hash_get_len(algorithm), ret);
}

/* Checks the nonce. Returns 0, or -EACCES or -ESTALE with a constant sentence in *ret_problem. */
static int check_nonce(const char *nonce, const char **ret_problem)
{
    char expected[DIGEST_NONCE_LENGTH + 1], text[TIME_LENGTH + 1];
    uint32_t when, age;

    snprintf(text, sizeof(text), "%.8s", nonce);
    when = (uint32_t)strtoul(text, NULL, 16);
    age = (uint32_t)time(NULL) - when;
    if (make_nonce(when, expected) < 0 || strcmp(expected, nonce) != 0) {
        *ret_problem = "The nonce is not from here.";
        return -EACCES;
    }
    if (age <= NONCE_LIFE)
        return 0;
    *ret_problem = "The nonce is too old.";
    return -ESTALE;
}

int digest_verify(const struct digest *digest, const char *method, const char *path, const char *password,
    const char **ret_problem)
{
    char secret[2 * HASH_MAX + 1], request[2 * HASH_MAX + 1], expected[2 * HASH_MAX + 1];
    int r = check_nonce(digest->nonce, ret_problem);

    if (r < 0)
        return r;
    /* compare without the query, which the path does not have */
    if (strlen(path) != strcspn(digest->uri, "?") || strncmp(digest->uri, path, strlen(path)) != 0 ||
        strcmp(digest->realm, DIGEST_REALM) != 0 || strcasecmp(digest->qop, "auth") != 0) {
        *ret_problem = "The digest is of another request.";
        return -EACCES;
    }
    r = hash_texts(
        digest->algorithm, (const char *[]){ digest->username, digest->realm, password, NULL }, secret);
    if (r >= 0)
        r = hash_texts(digest->algorithm, (const char *[]){ method, digest->uri, NULL }, request);
    if (r >= 0)
        r = hash_texts(digest->algorithm,
            (const char *[]){ secret, digest->nonce, digest->nc, digest->cnonce, digest->qop, request, NULL },
            expected);
    if (r < 0)
        return r;
    if (strcasecmp(expected, digest->response) == 0)
        return 0;
    *ret_problem = "The digest is wrong.";
    return -EACCES;
}
