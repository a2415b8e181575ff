/* A registration restores attempts, last failure and last success of the process before. */
#include "common/clock.h"
#include "common/limits.h"
#include "unit/helpers/daemon/appliance.h"

#include <time.h>

/* The seconds until the next attempt at the refresh, of a state with such an attempt. */
static int64_t wait_of(struct appliance *a, const char *attempts)
{
    char text[2048];

    snprintf(text, sizeof(text),
        DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"attempts\":{%s}"), attempts);
    SCRIPT(&a->worker, { "Refresh", SILENCE });
    appliance_start(a, text, "");
    const struct attempts *found = &registration_of(a)->attempts[OPERATION_REFRESH];
    uint64_t now = clock_usec(CLOCK_BOOTTIME);
    int64_t wait = found->due <= now ? 0 : (int64_t)((found->due - now + USEC_PER_SEC / 2) / USEC_PER_SEC);
    bool failed = found->failures > 0;
    assert_int_equal(failed, strstr(attempts, "\"failures\":0") == NULL);
    assert_int_equal(found->asked, strstr(attempts, "\"asked\":true") != NULL);
    appliance_stop(a);
    return wait;
}

static int64_t wait_of_time(struct appliance *a, int64_t from_now, const char *more)
{
    char text[256];

    snprintf(text, sizeof(text), "\"refresh\":{\"failures\":2,\"next\":%lld%s}",
        (long long)(time(NULL) + from_now), more);
    return wait_of(a, text);
}

/* A time that is over is now, and one that is too far away is as far as a server may ask for, with its spread. */
static void test_attempts(void **state)
{
    const int64_t most = LIMIT_RETRY_AFTER + LIMIT_RETRY_AFTER / 10;

    assert_int_equal(wait_of_time(*state, -5, ""), 0);
    assert_in_range(wait_of_time(*state, 1000, ""), 990, 1000);
    assert_in_range(wait_of_time(*state, 1000, ",\"asked\":true"), 990, 1000);
    assert_in_range(wait_of_time(*state, most - 10, ""), most - 20, most - 10);
    assert_in_range(wait_of_time(*state, most + 1000, ""), most - 10, most);
    assert_in_range(wait_of_time(*state, 4 * most, ""), most - 10, most);
}

static void test_last_failure(void **state)
{
    struct appliance *a = *state;

    appliance_start(a,
        DOCUMENT(ENABLED_EUROPE, "registered",
            "," IDENTITY ",\"refreshInterval\":86400,\"lastSuccess\":4000000000,\"lastFailure\":{\"reason\":"
            "\"dns_failed\","
            "\"message\":\"m\",\"remedy\":\"r\",\"permanent\":false,\"time\":4,\"operation\":\"refresh\","
            "\"step\":"
            "\"refresh\"}"),
        "");
    assert_int_equal(registration_of(a)->last_success, 4000000000);
    assert_string_equal(json_get_string(registration_of(a)->last_failure, "reason"), "dns_failed");
    /* A copy: the state goes its own way. */
    assert_ptr_not_equal(
        registration_of(a)->last_failure, json_get_object(fixture_registration(&a->f), "lastFailure"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, appliance_set_up, appliance_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_attempts),
        TEST(test_last_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
