/* The attempts at an operation: failures, refusals, the count of the hour, the time of the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "daemon/core/attempts.h"

#define HOUR (3600 * USEC_PER_SEC)

static const struct retry_policy policy = { USEC_PER_SEC, 900 * USEC_PER_SEC };

/* A refusal is the last word if it came often enough and lasted long enough. */
static void test_refusals(void **state)
{
    (void)state;
    struct attempts attempts = { 0 };

    attempts_forget(&attempts);
    for (int i = 1; i < ATTEMPTS_REFUSALS_MIN; i++)
        assert_false(attempts_note_refusal(&attempts, 0));
    assert_true(attempts_note_refusal(&attempts, 0));
    assert_true(attempts_note_refusal(&attempts, 0));
    assert_false(attempts_note_refusal(&attempts, HOUR));
    attempts.refused_since -= HOUR;
    assert_true(attempts_note_refusal(&attempts, HOUR));
    /* Progress, and a plan without a failure, begin anew; a failure that is no refusal does not. */
    attempts_plan_retry(&attempts, &policy, 20, -1);
    assert_true(attempts_note_refusal(&attempts, HOUR));
    attempts_note_progress(&attempts);
    assert_false(attempts_note_refusal(&attempts, 0));
    attempts.refusals = 5;
    attempts_plan(&attempts, 0);
    assert_false(attempts_note_refusal(&attempts, 0));
    attempts.refusals = 5;
    attempts_forget(&attempts);
    assert_false(attempts_note_refusal(&attempts, 0));
}

static void test_delay(void **state)
{
    (void)state;
    struct attempts attempts = { 0 };

    attempts_forget(&attempts);
    attempts_plan(&attempts, 2 * HOUR);
    uint64_t due = attempts.due;
    attempts_delay(&attempts, HOUR);
    assert_int_equal(attempts.due, due);
    attempts_delay(&attempts, 3 * HOUR);
    assert_in_range(attempts.due, due + HOUR, due + HOUR + 60 * USEC_PER_SEC);
    attempts_move(&attempts, HOUR);
    assert_true(attempts.due < due);
}

static void test_count_of_the_hour(void **state)
{
    (void)state;
    struct attempts attempts = { 0 };

    attempts_forget(&attempts);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(attempts_wait_for_hour(&attempts, 3), 0);
        attempts_count_start(&attempts);
    }
    assert_in_range(attempts_wait_for_hour(&attempts, 3), HOUR - 60 * USEC_PER_SEC, HOUR);
    attempts_forget(&attempts);
    assert_true(attempts_wait_for_hour(&attempts, 3) > 0);
    attempts_plan_retry(&attempts, &policy, 3, -1);
    assert_true(attempts.due > clock_usec(CLOCK_BOOTTIME) + HOUR - 60 * USEC_PER_SEC);
    attempts.hour -= HOUR;
    assert_int_equal(attempts_wait_for_hour(&attempts, 3), 0);
}

static void test_retry_now(void **state)
{
    (void)state;
    struct attempts attempts = { 0 };

    attempts_forget(&attempts);
    attempts_restore(&attempts, 2, HOUR, true);
    assert_true(attempts_wait_after_failure(&attempts));
    attempts_retry_now(&attempts, 20);
    assert_false(attempts_are_due(&attempts));
    attempts_restore(&attempts, 2, HOUR, false);
    attempts_retry_now(&attempts, 20);
    assert_true(attempts_are_due(&attempts));
    /* A plan without a failure keeps its time. */
    attempts_plan(&attempts, HOUR);
    attempts_retry_now(&attempts, 20);
    assert_false(attempts_are_due(&attempts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_delay),
        cmocka_unit_test(test_count_of_the_hour),
        cmocka_unit_test(test_retry_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
