/* The dates of a certificate, and when a CA that had nothing better is asked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/registration/expiry.h"

static void test_renewal_pause(void **state)
{
    static const struct {
        int64_t left, pause; /* seconds */
    } cases[] = {
        { INT64_C(253402300799), SEC_PER_DAY }, /* 9999-12-31 */
        { 10 * SEC_PER_DAY, SEC_PER_DAY },
        { 10 * SEC_PER_DAY - 10, SEC_PER_DAY },
        { 5 * SEC_PER_DAY, SEC_PER_DAY / 2 + 1 },
        { 10 * SEC_PER_HOUR + 10, SEC_PER_HOUR + 2 },
        { 10 * SEC_PER_HOUR, SEC_PER_HOUR + 1 },
        { 2 * SEC_PER_HOUR, SEC_PER_HOUR + 1 },
        { 2 * SEC_PER_HOUR - 2, SEC_PER_HOUR },
        { 60, 31 },
        { 1, 1 },
        { 0, SEC_PER_DAY },
        { -1, SEC_PER_DAY },
    };
    (void)state;

    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_int_equal(expiry_renewal_pause(1000 + cases[i].left, 1000), cases[i].pause);
}

/* An authority that gives nothing better is asked a few times in all, and never twice within the same minute. */
static void test_tries_until_the_end(void **state)
{
    const int64_t end = 365 * SEC_PER_DAY;
    int64_t now = end - 120 * SEC_PER_DAY, pause;
    unsigned tries = 0;
    (void)state;

    for (; end - now > 120; now += pause) {
        pause = expiry_renewal_pause(end, now);
        assert_true(pause > 60);
        tries++;
    }
    assert_in_range(tries, 100, 200);
}

static void test_overdue(void **state)
{
    const struct saved saved = { .next_renewal = 1000, .not_after = 2000 };
    (void)state;

    assert_int_equal(expiry_overdue(&saved), 1251);
    assert_int_equal(expiry_due_warning(&saved, 1250), SAVED_NOT_WARNED);
    assert_int_equal(expiry_due_warning(&saved, 1251), 1);
    assert_int_equal(expiry_due_warning(&saved, 2000), 1);
    assert_int_equal(expiry_due_warning(&saved, 2001), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renewal_pause),
        cmocka_unit_test(test_tries_until_the_end),
        cmocka_unit_test(test_overdue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
