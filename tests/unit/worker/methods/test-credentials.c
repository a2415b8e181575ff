/* Saved keys and certificates, whole and damaged. */
#include "worker/methods/credentials.h"

#include "unit/helpers/tls-server.h"

#include <errno.h>

static EVP_PKEY *key, *other_key;
static char *certificate, *pem, *other_pem;
static struct call_context context;

static int set_up(void **state)
{
    (void)state;
    key = make_key();
    other_key = make_key();
    const struct recipe recipe = CA_RECIPE("device", key);
    X509 *made = make_certificate(&recipe);
    certificate = to_pem(made, NULL);
    X509_free(made);
    pem = to_pem(NULL, key);
    other_pem = to_pem(NULL, other_key);
    context = (struct call_context){ .failure = FAILURE_INIT };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    EVP_PKEY_free(other_key);
    free(certificate);
    free(pem);
    free(other_pem);
    return 0;
}

static int read_pair(const char *private_key, struct http_client_certificate *ret, X509 **ret_certificate)
{
    json_object *credentials = json_object_new_object();

    json_add_string(credentials, "certificate", certificate);
    json_add_string(credentials, "privateKey", private_key);
    int r = credentials_read(&context, credentials, ret, ret_certificate);
    if (r == 0) {
        assert_ptr_equal(ret->certificate, json_get_string(credentials, "certificate"));
        assert_ptr_equal(ret->private_key, json_get_string(credentials, "privateKey"));
        assert_null(ret->chain);
    }
    json_object_put(credentials);
    return r;
}

static void expect_refused(const char *private_key, const char *message)
{
    struct http_client_certificate client;

    assert_int_equal(read_pair(private_key, &client, NULL), -EREMOTEIO);
    assert_int_equal(context.failure.reason, REASON_CERTIFICATE_UNUSABLE);
    assert_memory_equal(context.failure.message, message, strlen(message));
}

static void test_pair(void **state)
{
    struct http_client_certificate client;
    X509 *read = NULL;

    (void)state;
    assert_int_equal(read_pair(pem, &client, NULL), 0);
    assert_int_equal(read_pair(pem, &client, &read), 0);
    assert_int_equal(X509_check_private_key(read, key), 1);
    X509_free(read);
}

/* libcurl would reuse the connection of the other key. */
static void test_other_key(void **state)
{
    (void)state;
    expect_refused(other_pem, "The appliance's private key is not that of its certificate:");
}

static void test_damage(void **state)
{
    _cleanup_private_key_ struct private_key *loaded = NULL;
    char *byte = pem + strlen("-----BEGIN PRIVATE KEY-----\n") + 56;

    (void)state;
    assert_int_equal(credentials_load_key(&context, pem, &loaded), 0);
    assert_int_equal(EVP_PKEY_eq(private_key_handle(loaded), key), 1);

    /* Damage a byte of the private half only. */
    *byte = *byte == 'A' ? 'B' : 'A';
    expect_refused(pem, "The appliance's private key can't be used:");
    pem[0] = '+';
    expect_refused(pem, "The appliance's private key can't be used:");
    certificate[strlen("-----BEGIN CERTIFICATE-----\n")] ^= 1;
    expect_refused(other_pem, "The appliance's certificate can't be read:");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_pair),
        TEST(test_other_key),
        TEST(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
