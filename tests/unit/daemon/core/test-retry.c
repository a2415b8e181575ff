/* The delays between attempts, exactly, at both ends of the random range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "daemon/core/retry.h"

#define SECOND UINT64_C(1000000)

static const struct retry_policy policy = { 1 * SECOND, 900 * SECOND };

/* complaint("retry: the delays differ from the documented ones, or a 5xx is not retried") */
static void test_doubling(void **state)
{
    static const uint64_t ceilings[] = { 1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900 };

    (void)state;
    for (unsigned failures = 0; failures < ELEMENTS(ceilings); failures++) {
        assert_int_equal(retry_delay(&policy, failures, -1, UINT64_MAX), ceilings[failures] * SECOND);
        /* The eleventh delay is the first at the cap, and as random as those before. */
        assert_int_equal(retry_delay(&policy, failures, -1, 0), (failures <= 11 ? 1 : 765) * SECOND);
    }
    assert_int_equal(retry_delay(&policy, UINT32_MAX, -1, UINT64_MAX), 900 * SECOND);
    /* Half of what lies between the initial delay and the ceiling of 4 s. */
    uint64_t half = retry_delay(&policy, 3, -1, UINT64_C(1) << 63);
    assert_in_range(half, 5 * SECOND / 2 - 1, 5 * SECOND / 2 + 1);
}

static void test_constant_policy(void **state)
{
    static const struct retry_policy constant = { 10000, 10000 };

    (void)state;
    for (unsigned failures = 1; failures < 100; failures++)
        assert_int_equal(retry_delay(&constant, failures, -1, UINT64_MAX / 3), 10000);
}

/* complaint("retry: the random part of a delay is lost at the cap") */
/* The cap is no power of the initial delay, and the largest that a configuration can name. */
static void test_cap(void **state)
{
    static const struct retry_policy odd = { 10000, 86400 * SECOND };

    (void)state;
    assert_int_equal(retry_delay(&odd, 24, -1, UINT64_MAX), UINT64_C(10000) << 23);
    assert_int_equal(retry_delay(&odd, 25, -1, UINT64_MAX), 86400 * SECOND);
    assert_int_equal(retry_delay(&odd, 1000000, -1, UINT64_MAX), 86400 * SECOND);
    assert_int_equal(retry_delay(&odd, 25, -1, 0), 10000);
    assert_int_equal(retry_delay(&odd, 26, -1, 0), 73440 * SECOND);
}

/* A cap that the doubling meets exactly: the delay that first reaches it is fully random, the next one is not. */
static void test_exact_cap(void **state)
{
    static const struct retry_policy exact = { 1 * SECOND, 8 * SECOND };
    static const uint64_t ceilings[] = { 1, 1, 2, 4, 8, 8, 8 };

    (void)state;
    for (unsigned failures = 0; failures < ELEMENTS(ceilings); failures++) {
        assert_int_equal(retry_delay(&exact, failures, -1, UINT64_MAX), ceilings[failures] * SECOND);
        assert_int_equal(retry_delay(&exact, failures, -1, 0), failures <= 4 ? SECOND : 68 * SECOND / 10);
    }
}

/* complaint("retry: Retry-After is not obeyed, or a senseless one makes a loop") */
static void test_retry_after(void **state)
{
    (void)state;
    assert_int_equal(retry_delay(&policy, 1, 0, UINT64_MAX), SECOND);
    assert_int_equal(retry_delay(&policy, 1, 60, 0), 61 * SECOND);
    assert_int_equal(retry_delay(&policy, 9, 60, 0), 61 * SECOND);
    assert_int_equal(retry_delay(&policy, 1, 60, UINT64_MAX), 121 * SECOND);
    /* A date is the same for all: they come back over as long again, at most the cap, or over the delay that it would
     * have been without it. */
    assert_int_equal(retry_delay(&policy, 1, 899, UINT64_MAX), (900 + 899) * SECOND);
    assert_int_equal(retry_delay(&policy, 1, 3600, UINT64_MAX), (3601 + 900) * SECOND);
    assert_int_equal(retry_delay(&policy, 9, 60, UINT64_MAX), (61 + 255) * SECOND);
    assert_int_equal(retry_delay(&policy, 100, 60, UINT64_MAX), (61 + 899) * SECOND);
    assert_int_equal(retry_delay(&policy, 100, 86400, UINT64_MAX), (86401 + 8640) * SECOND);
    assert_int_equal(retry_delay(&policy, 1, 86400, 0), 86401 * SECOND);
    assert_int_equal(retry_delay(&policy, 1, 86401, 0), 86401 * SECOND);
    assert_int_equal(retry_delay(&policy, 1, INT64_MAX, 0), 86401 * SECOND);
    assert_int_equal(retry_delay(&policy, 1, INT64_MIN, 0), SECOND);
}

/* splitmix64: the same numbers in each run. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t value = *seed += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

/* complaint("retry: appliances that lost their server come back in the same second") */
/* Appliances that lose their server in the same second do not come back in the same second. */
static void test_herd(void **state)
{
    enum { APPLIANCES = 100000, OUTAGE = 600, WINDOW = 1024 };
    static unsigned back[WINDOW];
    uint64_t seed = 1;
    unsigned busiest = 0, window = 0;

    (void)state;
    for (size_t i = 0; i < APPLIANCES; i++) {
        uint64_t now = next_random(&seed) % SECOND;

        for (unsigned failures = 1; now < OUTAGE * SECOND; failures++)
            now += retry_delay(&policy, failures, -1, next_random(&seed));
        assert_in_range(now / SECOND - OUTAGE, 0, WINDOW - 1);
        back[now / SECOND - OUTAGE]++;
    }
    for (unsigned second = 0; second < WINDOW; second++) {
        if (back[second] > busiest)
            busiest = back[second];
        if (back[second] > 0)
            window = second + 1;
    }
    /* In the busiest second at most three times as many as on an average. */
    assert_true((uint64_t)busiest * window <= 3 * APPLIANCES);
}

static void test_jitter(void **state)
{
    (void)state;
    assert_int_equal(retry_jitter(1200 * SECOND, 0, 0), 1200 * SECOND);
    assert_int_equal(retry_jitter(1200 * SECOND, 0, UINT64_MAX), 1200 * SECOND);
    assert_int_equal(retry_jitter(1200 * SECOND, 0.5, 0), 600 * SECOND);
    assert_int_equal(retry_jitter(1200 * SECOND, 0.5, UINT64_MAX), 1800 * SECOND);
    assert_int_equal(retry_jitter(1200 * SECOND, 1, 0), 0);
    assert_int_equal(retry_jitter(0, 0.5, UINT64_MAX), 0);
    assert_in_range(
        retry_jitter(1200 * SECOND, 0.1, UINT64_C(1) << 63), 1200 * SECOND - 1, 1200 * SECOND + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubling),
        cmocka_unit_test(test_constant_policy),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_exact_cap),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_herd),
        cmocka_unit_test(test_jitter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
