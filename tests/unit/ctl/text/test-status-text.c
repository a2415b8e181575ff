/* A state as people read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "ctl/text/status-text.h"
#include "unit/helpers/text-stream.h"

#define NOW 1795571312 /* 2026-11-25 01:48:32 UTC */

static const struct tr_server europe = { 2, "EUROPE", "api.eu.example", true };
static const struct tr_server apjc = { 1, "APJC", "api.apj.example", false };

/* A state that a test changes as it needs. */
struct fixture {
    struct tr_failure failure;
    struct tr_registration registration;
    struct tr_status status;
    struct text_stream out;
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
    text_stream_open(&f->out);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    text_stream_close(&f->out);
    free(f);
    return 0;
}

static void test_short(void **state)
{
    struct fixture *f = *state;

    status_text_print(f->out.stream, &f->status, NOW);
    text_stream_check(&f->out, "Appliance       sma (Product)\n"
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
    status_text_print(f->out.stream, &f->status, NOW);
    text_stream_check(&f->out, "Appliance       sma (Product)\n"
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
                               "  Remedy        Set the appliance's clock, best by NTP.\n"
                               "Next refresh    2026-11-25 02:08:32 UTC (in 20 min)\n"
                               "Tenant          Ex\\x1b[1mample (t1)\n"
                               "Device          guid\n"
                               "Certificate     EC P-256, valid from 2026-11-24 01:48:32 UTC\n"
                               "  Expires       2026-12-05 01:48:32 UTC (in 10 days)\n"
                               "  Next renewal  2026-11-30 01:48:32 UTC (in 5 days)\n"
                               "Proxy           http://proxy\n"
                               "State fault     disk full\n"
                               "Config fault    line 3\n"
                               "  Remedy        Mend the configuration file, whose mistakes threatresponsed "
                               "--check-config names, then run trctl reload.\n");
}

/* The remedy of a server that left the list is possible in the state. */
static void test_unknown_server(void **state)
{
    static const struct {
        enum tr_state state;
        const char *words;
    } rows[] = {
        { TR_STATE_UNREGISTERED, ", or choose another server and commit." },
        { TR_STATE_REGISTERING, ", or cancel the registration and choose another one." },
        { TR_STATE_REGISTERED, ", or deregister with --local-only and choose another one." },
        { TR_STATE_DEREGISTERING, ", or deregister with --local-only and choose another one." },
    };
    const struct tr_server gone = { 0, "EUROPE", "", false };
    struct fixture *f = *state;

    f->status.server = &gone;
    f->registration.health = TR_HEALTH_SERVER_UNKNOWN;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        char wanted[1024];

        f->registration.state = rows[i].state;
        status_text_print(f->out.stream, &f->status, NOW);
        snprintf(wanted, sizeof(wanted),
            "Appliance       sma (Product)\n"
            "Feature         disabled\n"
            "Server          EUROPE, not in the list of servers\n"
            "State           %s since 2026-11-25 00:48:32 UTC (1 h ago)\n"
            "Health          server_unknown\n"
            "  Remedy        Put the server back into the list of servers in the configuration and reload%s\n"
            "Proxy           none\n",
            tr_state_to_string(rows[i].state), rows[i].words);
        text_stream_check(&f->out, wanted);
    }
}

/* The remedy of an expired certificate is possible: a registration needs the cloud. */
static void test_expired(void **state)
{
    static const struct {
        const char *reason; /* NULL: no failure */
        int64_t success;
        const char *words;
    } rows[] = {
        { "dns_failed", 0, "  Remedy        First follow the remedy of the last failure. If the" },
        { "server_error", NOW - 3600, "  Remedy        First follow the remedy of the last failure. If the" },
        { "certificate_expired", 0, "  Remedy        Deregister with --local-only and register" },
        { "certificate_refused", 0, "  Remedy        Deregister with --local-only and register" },
        { "dns_failed", NOW, "  Remedy        Deregister with --local-only and register" },
        { NULL, 0, "  Remedy        Deregister with --local-only and register" },
    };
    struct fixture *f = *state;

    f->registration.state = TR_STATE_REGISTERED;
    f->registration.health = TR_HEALTH_CERTIFICATE_EXPIRED;
    f->status.enabled = true;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        f->failure.reason = rows[i].reason;
        f->registration.last_failure = rows[i].reason ? &f->failure : NULL;
        f->registration.last_success = rows[i].success;
        status_text_print(f->out.stream, &f->status, NOW);
        fflush(f->out.stream);
        const char *health = strstr(f->out.text + f->out.checked, "Health          certificate_expired\n");
        assert_non_null(health);
        health = strchr(health, '\n') + 1;
        assert_true(strncmp(health, rows[i].words, strlen(rows[i].words)) == 0);
        f->out.checked = f->out.size;
    }
}

/* What waits for the feature is told with the way out. */
static void test_waits_for_feature(void **state)
{
    struct fixture *f = *state;

    f->registration.state = TR_STATE_DEREGISTERING;
    f->registration.operation = TR_OPERATION_DEREGISTER;
    f->registration.step = "delete";
    status_text_print(f->out.stream, &f->status, NOW);
    text_stream_check(&f->out,
        "Appliance       sma (Product)\n"
        "Feature         disabled\n"
        "Server          EUROPE (api.eu.example)\n"
        "State           deregistering since 2026-11-25 00:48:32 UTC (1 h ago)\n"
        "Operation       deregister, step delete, waiting\n"
        "  Remedy        The operation waits until the feature is enabled: run trctl enable and trctl "
        "commit.\n"
        "Proxy           none\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_expired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waits_for_feature, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown_server, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
