/* The text of a state, the progress of an operation, and the exit codes of its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "common/memory.h"
#include "common/reason.h"
#include "ctl/session/candidate.h"
#include "ctl/session/outcome.h"
#include "ctl/session/progress.h"
#include "ctl/text/status-text.h"

#define NOW 1795571312 /* 2026-11-25 01:48:32 UTC */

static const struct tr_server europe = { 2, "EUROPE", "api.eu.example", true };
static const struct tr_server apjc = { 1, "APJC", "api.apj.example", false };

/* A state that a test changes as it needs. */
struct fixture {
    struct tr_failure failure;
    struct tr_registration registration;
    struct tr_status status;
    FILE *stream;
    char *text;
    size_t size, seen;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->failure = (struct tr_failure){ .reason = "dns_failed",
        .message = "No address.",
        .remedy = "Check DNS.",
        .time = NOW - 60,
        .operation = TR_OPERATION_REGISTER,
        .step = "activation" };
    f->registration = (struct tr_registration){ .state = TR_STATE_UNREGISTERED, .since = NOW - 3600 };
    f->status = (struct tr_status){ .version = "1",
        .product = "Product",
        .name = "sma",
        .server = &europe,
        .registration = &f->registration };
    f->stream = open_memstream(&f->text, &f->size);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    fclose(f->stream);
    free(f->text);
    free(f);
    return 0;
}

/* Compares what was printed since the last look. */
static void check_text(struct fixture *f, const char *expected)
{
    assert_int_equal(fflush(f->stream), 0);
    assert_string_equal(f->text + f->seen, expected);
    f->seen = f->size;
}

static void test_short(void **state)
{
    struct fixture *f = *state;

    status_text_print(f->stream, &f->status, NOW);
    check_text(f, "Appliance       sma (Product)\n"
                  "Feature         disabled\n"
                  "Server          EUROPE (api.eu.example)\n"
                  "State           unregistered since 2026-11-25 00:48:32 UTC (1 h ago)\n"
                  "Proxy           none\n");
}

static void test_everything(void **state)
{
    struct fixture *f = *state;
    const struct tr_candidate root = { .uid = 0, .user_name = "root", .has_enabled = true, .server = "APJC" };
    const struct tr_candidate ann = { .uid = 7, .user_name = "a\nn", .has_enabled = true, .enabled = true };
    const struct tr_candidate *const staged[] = { &root, &ann };
    const struct tr_tenant tenant = { "t1", "Ex\033[1mample" };
    const struct tr_certificate certificate = { .key_type = "EC P-256",
        .not_before = NOW - 86400,
        .not_after = NOW + 864000,
        .next_renewal = NOW + 432000 };

    f->failure.permanent = true;
    f->failure.request_id = "r-1";
    f->failure.has_clock_offset = true;
    f->failure.clock_offset = -400;
    f->registration = (struct tr_registration){ .state = TR_STATE_REGISTERED,
        .since = NOW - 3600,
        .health = TR_HEALTH_UNREACHABLE,
        .operation = TR_OPERATION_REFRESH,
        .step = "refresh",
        .attempt = 2,
        .next_attempt = NOW + 200,
        .last_success = NOW - 3600,
        .last_failure = &f->failure,
        .next_refresh = NOW + 1200,
        .guid = "guid",
        .server = &apjc,
        .tenant = &tenant,
        .certificate = &certificate,
        .has_clock_offset = true,
        .clock_offset = 61 };
    f->status.enabled = true;
    f->status.staged = staged;
    f->status.n_staged = 2;
    f->status.proxy = "http://proxy";
    f->status.state_fault = "disk full";
    f->status.config_fault = "line 3";
    status_text_print(f->stream, &f->status, NOW);
    check_text(f, "Appliance       sma (Product)\n"
                  "Feature         enabled\n"
                  "Server          EUROPE (api.eu.example)\n"
                  "Staged          disabled, server APJC by root (uid 0), not committed\n"
                  "Staged          enabled by a\\x0an (uid 7), not committed\n"
                  "State           registered since 2026-11-25 00:48:32 UTC (1 h ago)\n"
                  "Health          unreachable\n"
                  "Registered with APJC (api.apj.example)\n"
                  "Operation       refresh, step refresh, waiting\n"
                  "Attempts        2 failed, the next one 2026-11-25 01:51:52 UTC (in 3 min)\n"
                  "Last success    2026-11-25 00:48:32 UTC (1 h ago)\n"
                  "Last failure    2026-11-25 01:47:32 UTC (1 min ago)\n"
                  "  Reason        dns_failed (register, step activation), permanent\n"
                  "  Message       No address.\n"
                  "  Remedy        Check DNS.\n"
                  "  Request id    r-1\n"
                  "  Clock         400 s behind the server's\n"
                  "Clock           61 s ahead of the server's\n"
                  "Next refresh    2026-11-25 02:08:32 UTC (in 20 min)\n"
                  "Tenant          Ex\\x1b[1mample (t1)\n"
                  "Device          guid\n"
                  "Certificate     EC P-256, valid from 2026-11-24 01:48:32 UTC\n"
                  "  Expires       2026-12-05 01:48:32 UTC (in 10 days)\n"
                  "  Next renewal  2026-11-30 01:48:32 UTC (in 5 days)\n"
                  "Proxy           http://proxy\n"
                  "State fault     disk full\n"
                  "Config fault    line 3\n");
}

static void show(struct fixture *f, struct progress *progress, const char *step, int64_t attempt)
{
    f->registration.step = step;
    f->registration.attempt = attempt;
    progress_show(progress, &f->status, NOW);
}

static void test_progress(void **state)
{
    struct fixture *f = *state;
    struct progress progress = { .stream = f->stream, .operation = TR_OPERATION_REGISTER };

    f->registration.state = TR_STATE_REGISTERING;
    f->registration.operation = TR_OPERATION_REGISTER;
    show(f, &progress, "key", 0);
    check_text(f, "");
    /* A slow reader gets the newest state only: what it has not seen is done all the same. */
    show(f, &progress, "activation", 0);
    check_text(f, "key ... done\ncontext ... done\n");
    f->registration.last_failure = &f->failure;
    f->registration.next_attempt = NOW + 8;
    show(f, &progress, "activation", 1);
    check_text(f, "activation ... attempt 1 failed: dns_failed: No address. The next attempt: 2026-11-25 "
                  "01:48:40 UTC (in 8 s)\n");
    show(f, &progress, "activation", 1);
    show(f, &progress, "unheard-of", 1);
    check_text(f, "");
    f->registration.next_attempt = 0;
    show(f, &progress, "activation", 2);
    check_text(f, "activation ... attempt 2 failed: dns_failed: No address.\n");
    show(f, &progress, "trust", 0);
    check_text(f, "activation ... done\n");
    f->registration.state = TR_STATE_REGISTERED;
    f->registration.operation = TR_OPERATION_NONE;
    show(f, &progress, NULL, 0);
    check_text(f, "trust ... done\ncertificate ... done\nconfirm ... done\n");
}

static void test_progress_in_place(void **state)
{
    struct fixture *f = *state;
    struct progress progress = { .stream = f->stream, .operation = TR_OPERATION_REGISTER, .in_place = true };

    f->registration.state = TR_STATE_REGISTERING;
    f->registration.operation = TR_OPERATION_REGISTER;
    show(f, &progress, "context", 0);
    check_text(f, "\r\033[K[2/6] context ...");
    f->registration.last_failure = &f->failure;
    f->failure.step = "context";
    show(f, &progress, "context", 1);
    check_text(f, "\r\033[Kcontext ... attempt 1 failed: dns_failed: No address.\n\r\033[K[2/6] context ...");
    progress_end_line(&progress);
    check_text(f, "\r\033[K");
    progress_end_line(&progress);
    check_text(f, "");
}

static void check_outcome(
    struct fixture *f, enum tr_operation operation, enum tr_state now, enum outcome expected)
{
    f->registration.state = now;
    assert_int_equal(outcome_get(operation, "0a", &f->status), expected);
}

static void test_outcome(void **state)
{
    struct fixture *f = *state;

    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_REGISTERING, OUTCOME_PENDING);
    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_REGISTERED, OUTCOME_DONE);
    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_STOPPED);
    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_OTHER, OUTCOME_STOPPED);
    check_outcome(f, TR_OPERATION_DEREGISTER, TR_STATE_DEREGISTERING, OUTCOME_PENDING);
    check_outcome(f, TR_OPERATION_DEREGISTER, TR_STATE_UNREGISTERED, OUTCOME_DONE);
    check_outcome(f, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_STOPPED);

    /* Only a failure for good, and of this operation, has ended it. */
    f->registration.last_failure = &f->failure;
    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_STOPPED);
    f->failure.permanent = true;
    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_FAILED);
    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_REGISTERING, OUTCOME_PENDING);
    check_outcome(f, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_STOPPED);
    f->failure.operation = TR_OPERATION_DEREGISTER;
    check_outcome(f, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_FAILED);
    check_outcome(f, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_STOPPED);
    f->failure.reason = "cancelled";
    check_outcome(f, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_STOPPED);
}

static void test_exit_codes(void **state)
{
    static const enum reason of_the_cloud[] = { REASON_TOKEN_REJECTED, REASON_WRONG_REGION,
        REASON_EST_REJECTED, REASON_REMOVED_IN_PORTAL, REASON_CERTIFICATE_UNUSABLE,
        REASON_ALREADY_REGISTERED };

    (void)state;
    for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++) {
        int expected = 1;

        for (size_t i = 0; i < ELEMENTS(of_the_cloud); i++)
            if (of_the_cloud[i] == reason)
                expected = 7;
        assert_int_equal(outcome_exit_code(reason_to_string(reason)), expected);
    }
    assert_int_equal(outcome_exit_code("unheard_of"), 1);
    assert_int_equal(outcome_exit_code(NULL), 1);
}

static void test_own_candidate(void **state)
{
    struct fixture *f = *state;
    const struct tr_candidate other = { .uid = (int64_t)geteuid() + 1 }, own = { .uid = (int64_t)geteuid() };
    const struct tr_candidate *const staged[] = { &other, &own };

    f->status.staged = staged;
    f->status.n_staged = 1;
    assert_null(candidate_of_caller(&f->status));
    f->status.n_staged = 2;
    assert_ptr_equal(candidate_of_caller(&f->status), &own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_progress, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_progress_in_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outcome, set_up, tear_down),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test_setup_teardown(test_own_candidate, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
