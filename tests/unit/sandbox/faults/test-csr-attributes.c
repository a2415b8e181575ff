/* The attributes that csrattrs asks for, as OpenSSL reads them. */
#include "sandbox/faults/csr-attributes.h"

#include "unit/helpers/sandbox/faults.h"

#include <openssl/asn1.h>
#include <string.h>

/* Returns the number of elements of the sequence, -1 if it is not one sequence alone. */
static int count_elements(const struct der *der)
{
    const unsigned char *p = der->data;
    ASN1_SEQUENCE_ANY *sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &p, (long)der->size);
    int n = sequence && p == der->data + der->size ? sk_ASN1_TYPE_num(sequence) : -1;

    sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
    return n;
}

static void test_words(void **state)
{
    (void)state;
    for (const struct fault_word *word = csr_attribute_words; word->name; word++) {
        struct fault_set set = set_of("attributes", word->name);
        _cleanup_(der_done) struct der der = { .data = NULL };
        int n;

        assert_int_equal(csr_attributes_write(&set, &der), 1);
        n = count_elements(&der);
        if (streq(word->name, "garbage"))
            assert_int_equal(n, -1);
        else if (streq(word->name, "nothing"))
            assert_int_equal(n, 0);
        else if (streq(word->name, "unknown"))
            assert_int_equal(n, 2);
        else
            assert_int_equal(n, 1);
    }
}

static void test_several_words(void **state)
{
    struct fault_set set = set_of("attributes", "ec_p256,sha384");
    _cleanup_(der_done) struct der der = { .data = NULL };

    (void)state;
    add_fault(&set, "pop", "401");
    assert_int_equal(csr_attributes_write(&set, &der), 1);
    assert_int_equal(count_elements(&der), 3);
}

static void test_a_proof_alone(void **state)
{
    /* a sequence of the identifier of the challenge password */
    static const unsigned char expected[] = { 0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 7 };
    struct fault_set set = set_of("pop", "401");
    _cleanup_(der_done) struct der der = { .data = NULL };

    (void)state;
    assert_int_equal(csr_attributes_write(&set, &der), 1);
    assert_int_equal(der.size, sizeof(expected));
    assert_memory_equal(der.data, expected, sizeof(expected));
}

static void test_nothing_to_ask(void **state)
{
    struct fault_set set = set_of("needs", "columns");
    struct der der = { .data = NULL };

    (void)state;
    assert_int_equal(csr_attributes_write(&set, &der), 0);
    assert_null(der.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_several_words),
        cmocka_unit_test(test_a_proof_alone),
        cmocka_unit_test(test_nothing_to_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
