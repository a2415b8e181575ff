#include "worker/x509/pkcs7.h"

#include "unit/helpers/test-certificates.h"
#include "worker/x509/base64.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/pkcs7.h>
#include <stdio.h>

static EVP_PKEY *key;
static X509 *a, *b;

static int set_up(void **state)
{
    (void)state;
    key = make_key();
    struct recipe recipe = CA_RECIPE("a", key);
    a = make_certificate(&recipe);
    recipe.subject = "b";
    b = make_certificate(&recipe);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    X509_free(a);
    X509_free(b);
    return 0;
}

struct bytes {
    char data[65536];
    size_t size;
};

static PKCS7 *bundle(X509 *first, X509 *second, X509 *third)
{
    PKCS7 *p7 = PKCS7_new();
    X509 *all[] = { first, second, third };

    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_content_new(p7, NID_pkcs7_data);
    for (size_t i = 0; i < ELEMENTS(all); i++)
        if (all[i])
            PKCS7_add_certificate(p7, all[i]);
    return p7;
}

static struct bytes pkcs7_der(X509 *first, X509 *second, X509 *third)
{
    struct bytes out;
    PKCS7 *p7 = bundle(first, second, third);
    unsigned char *p = (unsigned char *)out.data;

    out.size = (size_t)i2d_PKCS7(p7, &p);
    PKCS7_free(p7);
    return out;
}

static struct bytes x509_der(X509 *certificate)
{
    struct bytes out;
    unsigned char *p = (unsigned char *)out.data;

    out.size = (size_t)i2d_X509(certificate, &p);
    return out;
}

static struct bytes to_base64(struct bytes in)
{
    struct bytes out;
    char *text;

    assert_int_equal(base64_encode(in.data, in.size, &text, &out.size), 0);
    memcpy(out.data, text, out.size);
    free(text);
    return out;
}

static struct bytes wrap_pem(struct bytes in, const char *label)
{
    struct bytes text = to_base64(in), out;

    out.size = (size_t)snprintf(out.data, sizeof(out.data), "-----BEGIN %s-----\n%.*s-----END %s-----\n",
        label, (int)text.size, text.data, label);
    return out;
}

static struct bytes joined(struct bytes first, const char *between, struct bytes second)
{
    struct bytes out = first;

    memcpy(out.data + out.size, between, strlen(between));
    out.size += strlen(between);
    memcpy(out.data + out.size, second.data, second.size);
    out.size += second.size;
    return out;
}

static struct bytes text(const char *from)
{
    struct bytes out = { .size = strlen(from) };

    memcpy(out.data, from, out.size);
    return out;
}

/* Base64 in one line, with CRLF, and with spaces before it. */
static struct bytes unwrapped(struct bytes in)
{
    struct bytes out = text(" \r\n");

    for (size_t i = 0; i < in.size; i++)
        if (in.data[i] != '\n')
            out.data[out.size++] = in.data[i];
    memcpy(out.data + out.size, "\r\n", 2);
    out.size += 2;
    return out;
}

static void assert_parsed(struct bytes in, int count, bool bare)
{
    _cleanup_x509_stack_ STACK_OF(X509) *stack = NULL;
    bool was_bare = !bare;

    assert_int_equal(pkcs7_parse(in.data, in.size, &stack, &was_bare), 0);
    assert_int_equal(sk_X509_num(stack), count);
    assert_int_equal(X509_cmp(sk_X509_value(stack, 0), a), 0);
    assert_int_equal(was_bare, bare);
    assert_int_equal(ERR_peek_error(), 0);
}

static void assert_refused(struct bytes in, int result)
{
    STACK_OF(X509) *stack = NULL;
    bool bare;

    assert_int_equal(pkcs7_parse(in.data, in.size, &stack, &bare), result);
    assert_null(stack);
    assert_int_equal(ERR_peek_error(), 0);
}

static void assert_unreadable(struct bytes in)
{
    assert_refused(in, -EBADMSG);
}

/* complaint("certificates: CA certificates in unusual base64 can't be read") */
static void test_every_wrapping(void **state)
{
    struct bytes der = pkcs7_der(a, b, NULL);

    (void)state;
    assert_parsed(der, 2, false);
    assert_parsed(joined(der, "\n", text("")), 2, false);
    assert_parsed(to_base64(der), 2, false);
    assert_parsed(unwrapped(to_base64(der)), 2, false);
    assert_parsed(wrap_pem(der, "PKCS7"), 2, false);
    assert_parsed(wrap_pem(der, "CMS"), 2, false);
    assert_parsed(joined(text("a comment\n"), "", wrap_pem(der, "PKCS7")), 2, false);
    assert_parsed(pkcs7_der(a, b, a), 2, false);
    assert_parsed(x509_der(a), 1, true);
    assert_parsed(to_base64(x509_der(a)), 1, true);
    assert_parsed(wrap_pem(x509_der(a), "CERTIFICATE"), 1, true);
    assert_parsed(
        joined(wrap_pem(x509_der(a), "CERTIFICATE"), "\n", wrap_pem(x509_der(b), "CERTIFICATE")), 2, true);
}

static void test_what_is_none(void **state)
{
    struct bytes der = pkcs7_der(a, b, NULL), cut = der, pem = wrap_pem(x509_der(a), "CERTIFICATE");

    (void)state;
    assert_unreadable(text(""));
    assert_unreadable(text("\r\n"));
    assert_unreadable(text("<html><body>Log in</body></html>"));
    assert_unreadable(text("AAAA"));
    assert_unreadable(pkcs7_der(NULL, NULL, NULL));
    cut.size /= 2;
    assert_unreadable(cut);
    assert_unreadable(to_base64(cut));
    assert_unreadable(joined(der, "x", text("")));
    assert_unreadable(joined(to_base64(der), "!", text("")));
    assert_unreadable(
        joined(pem, "", text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")));
    assert_unreadable(text("-----BEGIN CERTIFICATE-----\n"));
}

static void test_too_many(void **state)
{
    PKCS7 *p7 = bundle(NULL, NULL, NULL);
    struct bytes out;
    unsigned char *p = (unsigned char *)out.data;

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct recipe recipe = CA_RECIPE("one of many", key);
        _cleanup_x509_ X509 *certificate = make_certificate(&recipe);
        PKCS7_add_certificate(p7, certificate);
    }
    assert_true(i2d_PKCS7(p7, NULL) < (int)sizeof(out.data));
    out.size = (size_t)i2d_PKCS7(p7, &p);
    PKCS7_free(p7);
    assert_refused(out, -E2BIG);
}

/* Good certificates, and white space up to 2 MiB. */
static void test_too_large(void **state)
{
    struct bytes pem = wrap_pem(x509_der(a), "CERTIFICATE");
    size_t size = 2 << 20;
    _cleanup_free_ char *body = malloc(size);
    STACK_OF(X509) *stack = NULL;
    bool bare;

    (void)state;
    memset(body, '\n', size);
    memcpy(body, pem.data, pem.size);
    assert_int_equal(pkcs7_parse(body, size, &stack, &bare), -E2BIG);
    assert_null(stack);
    assert_int_equal(pkcs7_parse(body, PKCS7_SIZE_MAX, &stack, &bare), 0);
    x509_stack_freep(&stack);
}

/* A key whose parameters somebody chose, beside a good certificate; and one certificate that is too large. */
static void test_refused_certificates(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    EVP_PKEY *explicit = NULL;
    static char names[90000] = "DNS:a";

    (void)state;
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE), 1);
    assert_int_equal(EVP_PKEY_keygen(context, &explicit), 1);
    struct recipe recipe = CA_RECIPE("c", explicit), large = CA_RECIPE("d", key);
    _cleanup_x509_ X509 *chosen = make_certificate(&recipe);
    assert_refused(pkcs7_der(a, chosen, b), -EKEYREJECTED);
    assert_refused(x509_der(chosen), -EKEYREJECTED);

    for (size_t n = strlen(names); n < 70000; n += strlen(names + n))
        snprintf(names + n, sizeof(names) - n, ",DNS:%.60s",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    large.alternative = names;
    _cleanup_x509_ X509 *huge = make_certificate(&large);
    static char der[100000];
    unsigned char *p = (unsigned char *)der;
    STACK_OF(X509) *stack = NULL;
    bool bare;
    int size = i2d_X509(huge, NULL);
    assert_in_range(size, PKCS7_CERTIFICATE_SIZE_MAX + 1, sizeof(der));
    i2d_X509(huge, &p);
    assert_int_equal(pkcs7_parse(der, (size_t)size, &stack, &bare), -E2BIG);
    assert_null(stack);
    EVP_PKEY_free(explicit);
    EVP_PKEY_CTX_free(context);
}

static void test_load_pem(void **state)
{
    _cleanup_x509_stack_ STACK_OF(X509) *stack = NULL, *none = NULL;
    struct bytes pem = joined(wrap_pem(x509_der(a), "CERTIFICATE"), "", wrap_pem(x509_der(b), "CERTIFICATE"));

    (void)state;
    pem.data[pem.size] = 0;
    assert_int_equal(certificates_load(pem.data, &stack), 0);
    assert_int_equal(sk_X509_num(stack), 2);
    assert_int_equal(certificates_load("", &none), -EINVAL);
    pem.data[pem.size - 40] = '!';
    assert_int_equal(certificates_load(pem.data, &none), -EINVAL);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_wrapping),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_refused_certificates),
        cmocka_unit_test(test_load_pem),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
