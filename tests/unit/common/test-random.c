/* Random numbers: every bit changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/random.h"

/* A random bit is the same in 200 numbers once in 2^193 times. */
static void test_bits(void **state)
{
    uint64_t ones = 0, zeros = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        uint64_t value = random_value();
        ones |= value;
        zeros |= ~value;
    }
    assert_true(ones == UINT64_MAX);
    assert_true(zeros == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_bits) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
