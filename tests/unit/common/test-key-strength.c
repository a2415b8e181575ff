#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/key-strength.h"
#include "common/memory.h"
#include "varlink/worker.h"

static void test_strength(void **state)
{
    static const char *const names[] = { WORKER_KEY_TYPE_NAMES };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(names); i++)
        assert_in_range(key_strength(names[i]), 112, 192);
    assert_int_equal(key_strength("rsa_2048"), 112);
    assert_int_equal(key_strength("ec_p256"), 128);
    assert_int_equal(key_strength("rsa_3072"), 128);
    assert_int_equal(key_strength("ec_p384"), 192);
    assert_int_equal(key_strength("rsa_1024"), 0);
    assert_int_equal(key_strength(""), 0);
    assert_int_equal(key_strength(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_strength) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
