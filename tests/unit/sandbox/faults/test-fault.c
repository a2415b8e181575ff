/* Which faults can be set, which requests they hit, how often, and what they do to an answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "sandbox/faults/apply.h"
#include "sandbox/faults/check.h"
#include "sandbox/faults/kinds.h"

struct fixture {
    char directory[32];
    struct store store;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (!fixture)
        return -1;
    *state = fixture;
    strcpy(fixture->directory, "/tmp/test-sandbox-XXXXXX");
    return mkdtemp(fixture->directory) ? store_open_directory(fixture->directory, true, &fixture->store) : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    store_close(&fixture->store);
    (void)nftw(fixture->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

static int check(const char *endpoint, const char *kind, const char *value)
{
    struct fault fault = { .kind = fault_kind_find(kind), .endpoint = endpoint, .value = value };
    const char *problem = NULL;
    int r;

    assert_non_null(fault.kind);
    r = fault_check(&fault, &problem);
    assert_true((r < 0) == !!problem);
    return r;
}

static void test_check(void **state)
{
    (void)state;
    assert_true(fault_places("all") > 0);
    assert_true(fault_places("tls:est.sco.cisco.com") > 0);
    assert_int_equal(fault_places("tls:example.com"), 0);
    assert_int_equal(fault_places("nothing"), 0);
    assert_null(fault_kind_find("nothing"));
    assert_int_equal(check("all", "status", "429"), 0);
    assert_int_equal(check("all", "status", "600"), -EINVAL);
    assert_int_equal(check("all", "status", "4 9"), -EINVAL);
    assert_int_equal(check("all", "status", NULL), -EINVAL);
    assert_int_equal(check("all", "drop", NULL), 0);
    assert_int_equal(check("all", "drop", "1"), -EINVAL);
    assert_int_equal(check("all", "delay", "0.25"), 0);
    assert_int_equal(check("all", "delay", "-1"), -EINVAL);
    assert_int_equal(check("all", "clock", "-86400"), 0);
    assert_int_equal(check("all", "clock", "+-5"), -EINVAL);
    assert_int_equal(check("all", "content-type", "text/html\r\nX: y"), -EINVAL);
    assert_int_equal(check("tls", "certificate", "expired"), 0);
    assert_int_equal(check("tls", "certificate", "old"), -EINVAL);
    assert_int_equal(check("all", "certificate", "expired"), -EINVAL);
    assert_int_equal(check("tls", "html", NULL), -EINVAL);
}

static void set(
    struct fixture *fixture, const char *endpoint, const char *kind, const char *value, int64_t times)
{
    struct fault fault = {
        .kind = fault_kind_find(kind),
        .endpoint = endpoint,
        .value = value,
        .times = times,
    };

    assert_int_equal(fault_switch_on(&fixture->store, &fault), 0);
}

static size_t take(struct fixture *fixture, const char *endpoint, const char *host)
{
    struct fault_set faults;
    size_t n;

    assert_int_equal(fault_take(&fixture->store, endpoint, host, &faults), 0);
    n = faults.n;
    fault_set_done(&faults);
    return n;
}

static void test_matching(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(take(fixture, "status", NULL), 0);
    set(fixture, "status", "drop", NULL, 0);
    set(fixture, "all", "delay", "1", 0);
    set(fixture, "tls:est.sco.cisco.com", "certificate", "expired", 0);
    assert_int_equal(take(fixture, "status", NULL), 2);
    assert_int_equal(take(fixture, "refresh", NULL), 1);
    assert_int_equal(take(fixture, "tls", "est.sco.cisco.com"), 1);
    assert_int_equal(take(fixture, "tls", "api-sse.cisco.com"), 0);
    assert_int_equal(fault_switch_off(&fixture->store, "all"), 1);
    assert_int_equal(take(fixture, "refresh", NULL), 0);
    assert_int_equal(take(fixture, "status", NULL), 1);
    assert_int_equal(fault_switch_off(&fixture->store, NULL), 2);
    assert_int_equal(take(fixture, "status", NULL), 0);
}

static void test_times(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "status", "drop", NULL, 5);
    set(fixture, "status", "drop", NULL, 2);
    assert_int_equal(take(fixture, "refresh", NULL), 0);
    assert_int_equal(take(fixture, "status", NULL), 1);
    assert_int_equal(take(fixture, "status", NULL), 1);
    assert_int_equal(take(fixture, "status", NULL), 0);
}

static void test_apply(void **state)
{
    struct fixture *fixture = *state;
    struct answer answer = { .status = 0 };
    struct fault_set faults;

    set(fixture, "status", "status", "503", 0);
    set(fixture, "status", "clock", "-60", 0);
    set(fixture, "status", "empty", NULL, 0);
    assert_int_equal(fault_take(&fixture->store, "status", NULL, &faults), 0);
    assert_int_equal(fault_apply(&faults, STAGE_BEFORE, &answer), 0);
    assert_int_equal(fault_apply(&faults, STAGE_INSTEAD, &answer), 1);
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.body, "\"unavailable\""));
    assert_int_equal(answer.clock_offset, 0);
    assert_int_equal(fault_apply(&faults, STAGE_AFTER, &answer), 2);
    assert_int_equal(answer.clock_offset, -60);
    assert_int_equal(answer.size, 0);
    assert_string_equal(answer.faults, "fault:status fault:clock fault:empty");
    fault_set_done(&faults);
    answer_done(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test_setup_teardown(test_matching, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_apply, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
