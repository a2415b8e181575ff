/* The lines that "trctl watch" prints for two states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/text/state-diff.h"
#include "unit/helpers/text-stream.h"

#define NOW 1795571312
#define AT "2026-11-25 01:48:32 UTC  "

static const struct tr_server europe = { 2, "EUROPE", "api.eu.example", true };

static void check(const struct tr_status *old, const struct tr_status *new, bool json, const char *expected)
{
    struct text_stream out;

    text_stream_open(&out);
    state_diff_print(out.stream, json, old, new, NOW);
    text_stream_check(&out, expected);
    text_stream_close(&out);
}

static void test_beginning(void **state)
{
    const struct tr_registration registration = { .state = TR_STATE_UNREGISTERED };
    const struct tr_status status = { .server = &europe, .registration = &registration };

    (void)state;
    check(NULL, &status, false,
        AT "feature: disabled\n" AT "server: EUROPE\n" AT "revision: 0\n" AT "state: unregistered\n");
    check(&status, &status, false, "");
    check(&status, &status, true, "");
}

static void test_changes(void **state)
{
    const struct tr_candidate candidate = { .user_name = "ann", .has_enabled = true, .server = "APJC" };
    const struct tr_candidate *const staged[] = { &candidate };
    const struct tr_failure failure = { .reason = "dns_failed",
        .message = "No\naddress.",
        .operation = TR_OPERATION_REGISTER,
        .step = "context" };
    const struct tr_tenant tenant = { "1", "Example" };
    const struct tr_certificate certificate = { .serial = "0a", .not_after = NOW };
    const struct tr_registration before = {
        .state = TR_STATE_REGISTERING, .operation = TR_OPERATION_REGISTER, .step = "context", .running = true
    };
    const struct tr_registration waiting = { .state = TR_STATE_REGISTERING,
        .operation = TR_OPERATION_REGISTER,
        .step = "context",
        .attempt = 1,
        .last_failure = &failure };
    const struct tr_registration after = { .state = TR_STATE_REGISTERED,
        .health = TR_HEALTH_OK,
        .last_success = NOW,
        .guid = "g",
        .tenant = &tenant,
        .certificate = &certificate };
    const struct tr_status a = { .server = &europe, .registration = &before, .enabled = true };
    const struct tr_status b = { .server = &europe, .registration = &waiting, .enabled = true };
    const struct tr_status c = { .server = &europe,
        .registration = &after,
        .enabled = true,
        .staged = staged,
        .n_staged = 1,
        .state_fault = "disk full" };

    (void)state;
    check(&a, &b, false,
        AT "operation: register, step context, running -> register, step context, waiting\n" AT
           "attempts: none -> 1 failed\n" AT
           "lastFailure: none -> dns_failed (register, step context): No\\x0aaddress.\n");
    check(&b, &c, false,
        AT "staged: none -> disabled, server APJC by ann\n" AT "state: registering -> registered\n" AT
           "health: none -> ok\n" AT "operation: register, step context, waiting -> none\n" AT
           "attempts: 1 failed -> none\n" AT
           "lastFailure: dns_failed (register, step context): No\\x0aaddress. -> none\n" AT
           "lastSuccess: none -> 2026-11-25 01:48:32 UTC\n" AT "device: none -> g\n" AT
           "tenant: none -> Example\n" AT "certificate: none -> 0a, expires 2026-11-25 01:48:32 UTC\n" AT
           "stateFault: none -> disk full\n");
    check(&a, &b, true,
        "{\"time\":1795571312,\"what\":\"operation\",\"from\":\"register, step context, running\",\"to\":"
        "\"register, step context, waiting\"}\n"
        "{\"time\":1795571312,\"what\":\"attempts\",\"from\":null,\"to\":\"1 failed\"}\n"
        "{\"time\":1795571312,\"what\":\"lastFailure\",\"from\":null,\"to\":\"dns_failed (register, step "
        "context): No\\naddress.\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_beginning), cmocka_unit_test(test_changes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
