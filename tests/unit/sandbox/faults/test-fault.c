/* The faults that are on: which requests they hit, and how often. */
#include "sandbox/faults/fault.h"

#include "unit/helpers/sandbox/faults.h"

#include "common/json.h"

#include <errno.h>
#include <string.h>

static void switch_on(
    const struct store *store, const char *endpoint, const char *kind, const char *value, int64_t times)
{
    struct fault fault = {
        .kind = fault_kind_find(kind),
        .endpoint = endpoint,
        .value = value,
        .times = times,
    };

    assert_int_equal(fault_switch_on(store, &fault), 0);
}

/* Returns how many faults a request gets, or a handshake with the host. */
static size_t take(const struct store *store, const char *endpoint, const char *host)
{
    struct fault_set faults;
    size_t n;

    assert_int_equal(fault_take(store, endpoint, host, &faults), 0);
    n = faults.n;
    fault_set_done(&faults);
    return n;
}

static void test_matching(void **state)
{
    const struct store *store = *state;

    assert_int_equal(take(store, "status", NULL), 0);
    switch_on(store, "status", "drop", NULL, 0);
    switch_on(store, "all", "delay", "1", 0);
    switch_on(store, "tls:est.sco.cisco.com", "certificate", "expired", 0);
    assert_int_equal(take(store, "status", NULL), 2);
    assert_int_equal(take(store, "refresh", NULL), 1);
    assert_int_equal(take(store, "tls", "est.sco.cisco.com"), 1);
    assert_int_equal(take(store, "tls", "api-sse.cisco.com"), 0);
    switch_on(store, "tls", "delay", "1", 0);
    assert_int_equal(take(store, "tls", "api-sse.cisco.com"), 1);
    switch_on(store, "est", "drop", NULL, 0);
    assert_int_equal(take(store, "cacerts", NULL), 2);
    assert_int_equal(take(store, "refresh", NULL), 1);
}

static void test_switching_off(void **state)
{
    const struct store *store = *state;
    _cleanup_json_ json_object *list = NULL;

    assert_int_equal(fault_switch_off(store, NULL), 0);
    switch_on(store, "status", "drop", NULL, 0);
    switch_on(store, "status", "delay", "1", 0);
    switch_on(store, "refresh", "drop", NULL, 0);
    assert_int_equal(fault_switch_off(store, "status"), 2);
    assert_int_equal(take(store, "status", NULL), 0);
    assert_int_equal(take(store, "refresh", NULL), 1);
    assert_int_equal(fault_switch_off(store, NULL), 1);
    assert_int_equal(fault_list(store, &list), 0);
    assert_int_equal(json_object_array_length(list), 0);
}

static void test_times(void **state)
{
    const struct store *store = *state;

    switch_on(store, "status", "drop", NULL, 5);
    switch_on(store, "status", "drop", NULL, 2);
    assert_int_equal(take(store, "refresh", NULL), 0);
    assert_int_equal(take(store, "status", NULL), 1);
    assert_int_equal(take(store, "status", NULL), 1);
    assert_int_equal(take(store, "status", NULL), 0);
}

static void test_members(void **state)
{
    const struct store *store = *state;
    struct fault fault = {
        .kind = fault_kind_find("status"),
        .endpoint = "refresh",
        .value = "429",
        .retry_after = "7",
        .code = "slow",
        .times = 3,
    };
    _cleanup_json_ json_object *list = NULL;
    struct fault_set taken;

    assert_int_equal(fault_switch_on(store, &fault), 0);
    assert_int_equal(fault_list(store, &list), 0);
    assert_string_equal(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN),
        "[{\"endpoint\":\"refresh\",\"kind\":\"status\",\"value\":\"429\",\"retryAfter\":\"7\",\"code\":"
        "\"slow\","
        "\"times\":3}]");
    assert_int_equal(fault_take(store, "refresh", NULL, &taken), 0);
    assert_int_equal(taken.n, 1);
    assert_ptr_equal(taken.faults[0].kind, fault.kind);
    assert_string_equal(taken.faults[0].value, "429");
    assert_string_equal(taken.faults[0].retry_after, "7");
    assert_string_equal(taken.faults[0].code, "slow");
    fault_set_done(&taken);
}

static void write_file(const struct store *store, const char *text)
{
    assert_int_equal(store_write(store, "faults.json", text, strlen(text)), 0);
}

static void test_a_file_written_by_hand(void **state)
{
    const struct store *store = *state;
    struct fault_set faults;

    write_file(store, "[7,{},{\"endpoint\":\"status\"},{\"endpoint\":\"status\",\"kind\":\"nothing\"},"
                      "{\"endpoint\":\"status\",\"kind\":\"status\",\"value\":\"999\"},"
                      "{\"endpoint\":\"status\",\"kind\":\"drop\",\"times\":1}]");
    assert_int_equal(take(store, "status", NULL), 1);
    assert_int_equal(take(store, "status", NULL), 0);
    write_file(store, "{}");
    assert_int_equal(fault_take(store, "status", NULL, &faults), -EBADMSG);
    write_file(store, "[");
    assert_int_equal(fault_take(store, "status", NULL, &faults), -EBADMSG);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_matching),
        TEST(test_switching_off),
        TEST(test_times),
        TEST(test_members),
        TEST(test_a_file_written_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
