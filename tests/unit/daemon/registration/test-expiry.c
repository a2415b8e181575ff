/* The dates of a certificate, and when a CA that had nothing better is asked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "daemon/registration/expiry.h"

#define END INT64_C(4000000000)

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

/* The renewal has had a quarter of what is left after its time. */
static void test_overdue_to_the_second(void **state)
{
    static const struct {
        int64_t renewal, overdue;
    } cases[] = { { END - 400, END - 299 }, { END - 401, END - 300 }, { END - 404, END - 302 },
        { END - 3, END - 2 }, { END, END + 1 }, { SAVED_NEVER, SAVED_NEVER } };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct saved saved = { .not_after = END, .next_renewal = cases[i].renewal };

        assert_int_equal(expiry_overdue(&saved), cases[i].overdue);
    }
}

/* 30, 7 and 1 days before the end, but not before the renewal is overdue; and none behind the end. */
static void test_warnings(void **state)
{
    /* overdue 60 days before the end: 80 days before, and a quarter of them */
    const struct saved early = { .not_after = END, .next_renewal = END - 80 * SEC_PER_DAY };
    /* overdue 3 days before the end, and a second */
    const struct saved late = { .not_after = END, .next_renewal = END - 4 * SEC_PER_DAY };
    const struct saved none = { .not_after = SAVED_NEVER, .next_renewal = SAVED_NEVER };
    static const struct {
        int64_t now;
        int due;
        int64_t next;
    } cases[] = {
        { END - 31 * SEC_PER_DAY, SAVED_NOT_WARNED, END - 30 * SEC_PER_DAY },
        { END - 30 * SEC_PER_DAY - 1, SAVED_NOT_WARNED, END - 30 * SEC_PER_DAY },
        { END - 30 * SEC_PER_DAY, 30, END - 7 * SEC_PER_DAY },
        { END - 7 * SEC_PER_DAY - 1, 30, END - 7 * SEC_PER_DAY },
        { END - 7 * SEC_PER_DAY, 7, END - SEC_PER_DAY },
        { END - SEC_PER_DAY - 1, 7, END - SEC_PER_DAY },
        { END - SEC_PER_DAY, 1, SAVED_NEVER },
        { END, 1, SAVED_NEVER },
        { END + 1, 0, SAVED_NEVER },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        print_message("%zu\n", i);
        assert_int_equal(expiry_due_warning(&early, cases[i].now), cases[i].due);
        assert_int_equal(expiry_next_warning(&early, cases[i].now), cases[i].next);
    }
    assert_int_equal(expiry_due_warning(&late, END - 3 * SEC_PER_DAY), SAVED_NOT_WARNED);
    assert_int_equal(expiry_next_warning(&late, END - 3 * SEC_PER_DAY), END - 3 * SEC_PER_DAY + 1);
    assert_int_equal(expiry_due_warning(&late, END - 3 * SEC_PER_DAY + 1), 7);
    assert_int_equal(expiry_next_warning(&late, END - 3 * SEC_PER_DAY + 1), END - SEC_PER_DAY);
    assert_int_equal(expiry_due_warning(&none, END), SAVED_NOT_WARNED);
    assert_int_equal(expiry_next_warning(&none, END), SAVED_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renewal_pause),
        cmocka_unit_test(test_tries_until_the_end),
        cmocka_unit_test(test_overdue),
        cmocka_unit_test(test_overdue_to_the_second),
        cmocka_unit_test(test_warnings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
