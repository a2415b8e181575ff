/* HTTP Digest, the server's side: OpenSSL works the client's answers out. */
#include "sandbox/web/digest.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define METHOD "POST"
#define PATH "/.well-known/est/eu/simpleenroll"

struct client {
    const char *username, *password, *realm, *uri, *method, *qop;
};

static const struct client good = { "guid", "secret", "est", PATH, METHOD, "auth" };

static void hash(const EVP_MD *md, const char *text, char *hex)
{
    unsigned char result[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    assert_int_equal(EVP_Digest(text, strlen(text), result, &n, md, NULL), 1);
    for (unsigned i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", result[i]);
}

/* RFC 7616, 3.4.1 */
static void answer(gnutls_digest_algorithm_t algorithm, const struct client *client, const char *nonce,
    char *header, size_t size)
{
    const EVP_MD *md = algorithm == GNUTLS_DIG_SHA256 ? EVP_sha256() : EVP_md5();
    char text[512], secret[65], request[65], response[65];

    snprintf(text, sizeof(text), "%s:%s:%s", client->username, client->realm, client->password);
    hash(md, text, secret);
    snprintf(text, sizeof(text), "%s:%s", client->method, client->uri);
    hash(md, text, request);
    snprintf(text, sizeof(text), "%s:%s:00000001:0a4f113b:%s:%s", secret, nonce, client->qop, request);
    hash(md, text, response);
    snprintf(header, size,
        "Digest username=\"%s\",realm=\"%s\", nonce=\"%s\", uri=\"%s\", cnonce=\"0a4f113b\", nc=00000001, "
        "qop=%s, response=\"%s\", algorithm=%s",
        client->username, client->realm, nonce, client->uri, client->qop, response,
        algorithm == GNUTLS_DIG_SHA256 ? "SHA-256" : "MD5");
}

static void take_nonce_of(gnutls_digest_algorithm_t algorithm, enum digest_nonce kind, char *nonce)
{
    char challenge[DIGEST_CHALLENGE_SIZE];
    const char *found;

    assert_int_equal(digest_write_challenge(algorithm, kind, challenge), 0);
    assert_int_equal(!!strstr(challenge, ", stale=true"), kind == DIGEST_REPLACED);
    assert_non_null(
        strstr(challenge, algorithm == GNUTLS_DIG_SHA256 ? "algorithm=SHA-256," : "algorithm=MD5,"));
    found = strstr(challenge, "nonce=\"");
    assert_non_null(found);
    snprintf(nonce, DIGEST_NONCE_LENGTH + 1, "%.40s", found + 7);
}

static void take_nonce(gnutls_digest_algorithm_t algorithm, char *nonce)
{
    take_nonce_of(algorithm, DIGEST_NEW, nonce);
}

static int verify(gnutls_digest_algorithm_t algorithm, const struct client *client, const char *nonce)
{
    const char *problem = NULL;
    struct digest digest;
    char header[1024];
    int r;

    answer(algorithm, client, nonce, header, sizeof(header));
    assert_int_equal(digest_parse(header, &digest), 0);
    assert_int_equal(digest.algorithm, algorithm);
    r = digest_verify(&digest, METHOD, PATH, "secret", &problem);
    assert_true((r < 0) == !!problem);
    return r;
}

static void test_answers(void **state)
{
    static const gnutls_digest_algorithm_t algorithms[] = { GNUTLS_DIG_MD5, GNUTLS_DIG_SHA256 };
    static const struct client with_query = { "guid", "secret", "est", PATH "?moved", METHOD, "auth" };
    static const struct client bad[] = {
        { "guid", "secret", "est", PATH "x", METHOD, "auth" },
        { "guid", "Secret", "est", PATH, METHOD, "auth" },
        { "guid", "secret", "EST", PATH, METHOD, "auth" },
        { "guid", "secret", "est", "/.well-known/est/simpleenroll", METHOD, "auth" },
        { "guid", "secret", "est", PATH, "GET", "auth" },
        { "guid", "secret", "est", PATH, METHOD, "auth-int" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(algorithms); i++) {
        char nonce[DIGEST_NONCE_LENGTH + 1];

        take_nonce(algorithms[i], nonce);
        assert_int_equal(verify(algorithms[i], &good, nonce), 0);
        assert_int_equal(verify(algorithms[i], &with_query, nonce), 0);
        for (size_t j = 0; j < ELEMENTS(bad); j++)
            assert_int_equal(verify(algorithms[i], &bad[j], nonce), -EACCES);
    }
}

static void test_nonces(void **state)
{
    char nonce[DIGEST_NONCE_LENGTH + 1], changed[DIGEST_NONCE_LENGTH + 1];

    (void)state;
    take_nonce(GNUTLS_DIG_MD5, nonce);
    for (size_t i = 0; i < DIGEST_NONCE_LENGTH; i++) {
        memcpy(changed, nonce, sizeof(nonce));
        changed[i] = changed[i] == '0' ? '1' : '0';
        assert_int_equal(verify(GNUTLS_DIG_MD5, &good, changed), -EACCES);
    }
    assert_int_equal(verify(GNUTLS_DIG_MD5, &good, "0"), -EACCES);
}

static void test_an_aged_nonce(void **state)
{
    char nonce[DIGEST_NONCE_LENGTH + 1];

    (void)state;
    take_nonce_of(GNUTLS_DIG_SHA256, DIGEST_AGED, nonce);
    assert_int_equal(verify(GNUTLS_DIG_SHA256, &good, nonce), -ESTALE);
    take_nonce_of(GNUTLS_DIG_SHA256, DIGEST_REPLACED, nonce);
    assert_int_equal(verify(GNUTLS_DIG_SHA256, &good, nonce), 0);
}

static void test_parse_refuses(void **state)
{
    static const char *const bad[] = {
        "",
        "Basic Z3VpZDpzZWNyZXQ=",
        "Digest",
        "Digest username=\"guid\"",
        "Digest username=\"guid",
        "Digest ,,,=,=\"",
    };
    char header[1024], *field;
    struct digest digest;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_int_equal(digest_parse(bad[i], &digest), -EBADMSG);
    /* a whole one, with one field misspelt each time */
    for (const char *const *name = (const char *const[]){ "username=", "nonce=", "uri=", "response=",
             "cnonce=", " nc=", "realm=", "qop=", NULL };
         *name; name++) {
        answer(GNUTLS_DIG_MD5, &good, "0123", header, sizeof(header));
        field = strstr(header, *name);
        assert_non_null(field);
        field[strlen(*name) - 2] = 'X';
        assert_int_equal(digest_parse(header, &digest), -EBADMSG);
    }
    answer(GNUTLS_DIG_MD5, &good, "0123", header, sizeof(header));
    memcpy(strstr(header, "algorithm=MD5") + 10, "MD4", 3);
    assert_int_equal(digest_parse(header, &digest), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_an_aged_nonce),
        cmocka_unit_test(test_parse_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
