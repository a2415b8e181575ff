/* The delays between attempts, exactly, at both ends of the random range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "daemon/core/retry.h"

#define SECOND UINT64_C(1000000)

static const struct retry_policy fleet = { 1 * SECOND, 900 * SECOND, false };
static const struct retry_policy prompt = { 1 * SECOND, 900 * SECOND, true };

static void check_range(
    const struct retry_policy *policy, unsigned failures, uint64_t shortest, uint64_t longest)
{
    print_message("%u\n", failures);
    assert_int_equal(retry_delay(policy, failures, -1, 0), shortest);
    assert_int_equal(retry_delay(policy, failures, -1, UINT64_MAX), longest);
    /* Half of what lies between. */
    assert_in_range(retry_delay(policy, failures, -1, UINT64_C(1) << 63), (shortest + longest) / 2 - 1,
        (shortest + longest) / 2 + 1);
}

/* complaint("retry: the delays differ from the documented ones, or a 5xx is not retried") */
/* The delays of docs/retry.md: the first one spreads, where nobody waits; else they double. */
static void test_documented_delays(void **state)
{
    static const uint64_t ceilings[] = { 2, 4, 8, 16, 32, 64, 128, 256, 512 };

    (void)state;
    check_range(&fleet, 1, 1 * SECOND, 1200 * SECOND);
    for (unsigned failures = 2; failures < 70; failures++)
        check_range(&fleet, failures, 1080 * SECOND, 1200 * SECOND);
    for (unsigned i = 0; i < ELEMENTS(ceilings); i++)
        check_range(&prompt, i + 1, 1 * SECOND, ceilings[i] * SECOND);
    check_range(&prompt, 10, 1 * SECOND, 1200 * SECOND);
    for (unsigned failures = 11; failures < 70; failures++)
        check_range(&prompt, failures, 1080 * SECOND, 1200 * SECOND);
    check_range(&prompt, UINT32_MAX, 1080 * SECOND, 1200 * SECOND);
}

/* complaint("retry: the random part of a delay is lost at the cap") */
/* For any policy: no delay is common to a fleet, none is shorter than the initial one, ceilings double up to the cap, one
 * delay spreads over all, and the later ones stay near the longest. */
static void test_properties(void **state)
{
    static const struct retry_policy policies[] = {
        { 10000, 10000, true },
        { 10000, 10000, false },
        { 10000, 20000, true }, /* the initial delay times a power of two, and one more and less */
        { 10000, 19999, true },
        { 10000, 20001, true },
        { 10000, 10000 << 13, true },
        { 10000, (10000 << 13) - 1, true },
        { 10000, (10000 << 13) + 1, true },
        { 10000, 86400 * SECOND, true },
        { 60 * SECOND, 86400 * SECOND, true },
        { 60 * SECOND, 86400 * SECOND, false },
        { 1 * SECOND, 900 * SECOND, true },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(policies); i++) {
        const struct retry_policy *policy = &policies[i];
        uint64_t most = retry_longest(policy), ceiling = policy->initial;
        unsigned spreading = 0;

        print_message("policy %zu\n", i);
        assert_true(most >= policy->cap && most <= policy->cap + policy->cap / 3);
        for (unsigned failures = 1; failures < 100; failures++) {
            uint64_t shortest = retry_delay(policy, failures, -1, 0);
            uint64_t longest = retry_delay(policy, failures, -1, UINT64_MAX);

            ceiling = policy->prompt && ceiling < policy->cap ? ceiling * 2 : policy->cap;
            assert_true(shortest >= policy->initial && shortest < longest);
            if (spreading) {
                assert_int_equal(longest, most);
                assert_int_equal(shortest, policy->cap + policy->cap / 5);
            } else if (ceiling >= policy->cap) {
                spreading = failures;
                assert_int_equal(longest, most);
                assert_int_equal(shortest, policy->initial);
            } else
                assert_int_equal(longest, ceiling);
        }
        assert_true(spreading > 0);
    }
}

/* complaint("retry: Retry-After is not obeyed, or a senseless one makes a loop") */
static void test_retry_after(void **state)
{
    (void)state;
    static const struct {
        const struct retry_policy *policy;
        unsigned failures;
        int64_t asked;
        uint64_t shortest, longest; /* seconds */
    } cases[] = {
        { &fleet, 1, 0, 1, 1200 },
        { &fleet, 1, 60, 61, 60 + 1200 },
        { &fleet, 100, 60, 61, 60 + 1200 },
        { &fleet, 1, 3600, 3601, 3600 + 1200 },
        { &fleet, 1, 11990, 11991, 11990 + 1200 },
        { &fleet, 1, 12000, 12001, 12001 + 1200 },
        { &fleet, 1, 86399, 86400, 86400 + 8640 },
        { &fleet, 1, 86400, 86401, 86401 + 8640 },
        { &fleet, 1, 86401, 86401, 86401 + 8640 },
        { &fleet, 1, INT64_MAX, 86401, 86401 + 8640 },
        { &fleet, 1, INT64_MIN, 1, 1200 },
        /* Who waits for one appliance waits as long again at most, or what it would be without that. */
        { &prompt, 1, 0, 1, 2 },
        { &prompt, 1, 1, 2, 3 },
        { &prompt, 1, 2, 3, 5 },
        { &prompt, 1, 60, 61, 121 },
        { &prompt, 9, 60, 61, 60 + 512 },
        { &prompt, 1, 3600, 3601, 3600 + 1200 },
        { &prompt, 1, 86400, 86401, 86401 + 8640 },
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        uint64_t shortest = retry_delay(cases[i].policy, cases[i].failures, cases[i].asked, 0);
        uint64_t longest = retry_delay(cases[i].policy, cases[i].failures, cases[i].asked, UINT64_MAX);

        print_message("%zu: %lld\n", i, (long long)cases[i].asked);
        assert_int_equal(shortest, cases[i].shortest * SECOND);
        assert_in_range(longest, cases[i].longest * SECOND - SECOND / 2, cases[i].longest * SECOND);
    }
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
/* Appliances that lose their server one after the other, or in the same second, do not come back in the same second. */
static void test_herd(void **state)
{
    enum { APPLIANCES = 100000, WINDOW = 2400 };
    static const struct {
        uint64_t outage, first; /* seconds; the first failures are spread over so many */
    } cases[] = { { 600, 600 }, { 3600, 1200 }, { 600, 60 }, { 3600, 60 } };
    uint64_t seed = 1;

    (void)state;
    for (size_t c = 0; c < ELEMENTS(cases); c++) {
        uint64_t outage = cases[c].outage * SECOND;
        unsigned back[WINDOW] = { 0 }, busiest = 0;

        for (size_t i = 0; i < APPLIANCES; i++) {
            uint64_t now = next_random(&seed) % (cases[c].first * SECOND);

            for (unsigned failures = 1; now < outage; failures++)
                now += retry_delay(&fleet, failures, -1, next_random(&seed));
            assert_in_range((now - outage) / SECOND, 0, WINDOW - 1);
            back[(now - outage) / SECOND]++;
        }
        for (unsigned second = 0; second < WINDOW; second++)
            if (back[second] > busiest)
                busiest = back[second];
        print_message("outage of %d s: %u\n", (int)cases[c].outage, busiest);
        assert_true(2 * busiest <= 3 * APPLIANCES / 900);
    }
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
        cmocka_unit_test(test_documented_delays),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_herd),
        cmocka_unit_test(test_jitter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
