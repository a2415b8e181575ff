/* DER as the sandbox writes and reads it; OpenSSL reads it back. */
#include "sandbox/x509/der.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>

static void test_lengths(void **state)
{
    static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 3000000 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(sizes); i++) {
        struct der der = { .data = NULL };
        unsigned char *bytes = calloc(1, sizes[i] + 1);
        const unsigned char *p;
        ASN1_BIT_STRING *read;
        gnutls_datum_t all, content, whole;

        assert_non_null(bytes);
        der_add(&der, bytes, sizes[i] + 1);
        der_wrap(&der, 0, DER_BIT_STRING);
        assert_false(der.failed);

        p = der.data;
        read = d2i_ASN1_BIT_STRING(NULL, &p, (long)der.size);
        assert_non_null(read);
        assert_ptr_equal(p, der.data + der.size);
        assert_int_equal(ASN1_STRING_length(read), sizes[i]);
        ASN1_BIT_STRING_free(read);

        all = (gnutls_datum_t){ der.data, (unsigned)der.size };
        assert_int_equal(der_take(&all, DER_BIT_STRING, &content, &whole), 0);
        assert_int_equal(all.size, 0);
        assert_int_equal(content.size, sizes[i] + 1);
        assert_int_equal(whole.size, der.size);
        free(bytes);
        der_done(&der);
    }
}

static void test_wrap_in_the_middle(void **state)
{
    static const unsigned char expected[] = { 0x30, 7, 2, 1, 5, 0x31, 2, 8, 9 };
    struct der der = { .data = NULL };
    size_t since;

    (void)state;
    der_add(&der, "\x02\x01\x05", 3);
    since = der.size;
    der_add(&der, "\x08\x09", 2);
    der_wrap(&der, since, DER_SET);
    der_wrap(&der, 0, DER_SEQUENCE);
    assert_int_equal(der.size, sizeof(expected));
    assert_memory_equal(der.data, expected, sizeof(expected));
    der_done(&der);
}

static void test_take_refuses(void **state)
{
    static const struct {
        unsigned char bytes[8];
        unsigned size;
    } bad[] = {
        { { 0 }, 0 },
        { { 0x30 }, 1 },
        { { 0x31, 0 }, 2 },                   /* another tag */
        { { 0x30, 3, 1, 2 }, 4 },             /* cut short */
        { { 0x30, 0x80, 0, 0 }, 4 },          /* without a length */
        { { 0x30, 0x82, 0 }, 3 },             /* cut in the length */
        { { 0x30, 0x85, 0, 0, 0, 0, 0 }, 7 }, /* a length of five bytes */
        { { 0x30, 0x84, 255, 255, 255, 255 }, 6 },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        gnutls_datum_t data = { (unsigned char *)bad[i].bytes, bad[i].size };

        assert_int_equal(der_take(&data, DER_SEQUENCE, NULL, NULL), -EBADMSG);
        assert_ptr_equal(data.data, bad[i].bytes);
        assert_int_equal(data.size, bad[i].size);
    }
}

static void test_take_into_itself(void **state)
{
    unsigned char bytes[] = { 0x30, 5, 0x30, 3, 2, 1, 7 };
    gnutls_datum_t data = { bytes, sizeof(bytes) }, number;

    (void)state;
    assert_int_equal(der_take(&data, DER_SEQUENCE, &data, NULL), 0);
    assert_int_equal(der_take(&data, DER_SEQUENCE, &data, NULL), 0);
    assert_int_equal(der_take(&data, DER_INTEGER, &number, NULL), 0);
    assert_int_equal(number.data[0], 7);
    assert_int_equal(data.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_wrap_in_the_middle),
        cmocka_unit_test(test_take_refuses),
        cmocka_unit_test(test_take_into_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
