/* What is told of a failure: its members, and the remedy of a token of another region. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <time.h>

#include "daemon/registration/failure.h"
#include "unit/helpers/daemon/fixture.h"

static void test_members(void **state)
{
    int64_t before = (int64_t)time(NULL);
    struct fixture f;

    fixture_open(&f);
    fixture_start(&f, "");
    _cleanup_json_ json_object *failure = failure_new(
        &f.manager->registration, OPERATION_RENEW, "renewal-key", REASON_DNS_FAILED, "No address.", false);
    int64_t when = json_get_int(failure, "time", 0);
    char text[512];

    (void)state;
    assert_true(when >= before && when <= (int64_t)time(NULL));
    snprintf(text, sizeof(text),
        "{\"reason\":\"dns_failed\",\"message\":\"No address.\",\"remedy\":\"%s\",\"permanent\":false,"
        "\"time\":%lld,\"operation\":\"renew\",\"step\":\"renewal-key\"}",
        reason_remedy(REASON_DNS_FAILED), (long long)when);
    assert_string_equal(json_text(failure, NULL), text);
    fixture_close(&f);
}

static void check_region(const struct fixture *f, const char *region, const char *remedy)
{
    _cleanup_json_ json_object *failure = failure_new(
        &f->manager->registration, OPERATION_REGISTER, "activation", REASON_WRONG_REGION, "Wrong.", true);

    failure_set_region_remedy(failure, f->core, region);
    assert_string_equal(json_get_string(failure, "remedy"), remedy);
}

static void test_region(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    fixture_start(&f, "settings = { enabled = true; server = \"EUROPE\"; };\n");
    check_region(&f, NULL, reason_remedy(REASON_WRONG_REGION));
    check_region(&f, "americas",
        "The token is for the region AMERICAS: choose the server AMERICAS (api-sse.cisco.com) and commit, "
        "then "
        "register with a new token.");
    check_region(&f, "APJC",
        "The token is for the region APJC, which the integration does not support: get a token of another "
        "region.");
    /* A number is the place of a server, but no region. */
    check_region(&f, "1",
        "The token is for the region 1, which is not in the list of servers: get a token of EUROPE, or add "
        "the "
        "server.");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
