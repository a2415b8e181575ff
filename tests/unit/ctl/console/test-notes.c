/* The notes above the menu of cloudserviceconfig, in each state of the appliance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"
#include "ctl/console/notes.h"
#include "unit/helpers/text-stream.h"

#define BUSY                                                                                                 \
    "The Cisco Cloud Service is busy. Navigate back to this page after some time to check the appliance "    \
    "status.\n"
#define REGISTERED "The Product is successfully registered with the Cisco Threat Response portal.\n"
#define ANEW                                                                                                 \
    "Use \"cloudserviceconfig deregister --local-only\", then register the appliance with a new token.\n"
#define FAILED                                                                                               \
    "The last attempt failed: No address.\nCheck DNS.\nThe next attempt is at Wed Nov 25 01:48:32 2026 "     \
    "GMT.\n"

struct appliance {
    struct tr_status status;
    struct tr_registration registration;
    struct tr_failure failure;
    struct tr_candidate staged;
    const struct tr_candidate *candidates[1];
};

static int set_up(void **state)
{
    struct appliance *a = calloc(1, sizeof(*a));

    assert_non_null(a);
    a->failure = (struct tr_failure){ .reason = "dns_failed",
        .message = "No address.",
        .remedy = "Check DNS.",
        .operation = TR_OPERATION_REGISTER,
        .step = "context" };
    a->registration = (struct tr_registration){ .state = TR_STATE_UNREGISTERED };
    a->staged = (struct tr_candidate){ .uid = (int64_t)geteuid() };
    a->candidates[0] = &a->staged;
    a->status = (struct tr_status){
        .product = "Product", .name = "sma", .enabled = true, .registration = &a->registration
    };
    *state = a;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void check_notes(const struct appliance *a, const char *expected)
{
    struct text_stream out;

    text_stream_open(&out);
    notes_print(out.stream, &a->status);
    text_stream_check(&out, expected);
    text_stream_close(&out);
}

static void test_unregistered(void **state)
{
    struct appliance *a = *state;

    check_notes(a, "");
    /* A failure that isn't permanent, or of another operation, prints no note. */
    a->registration.last_failure = &a->failure;
    check_notes(a, "");
    a->failure.permanent = true;
    check_notes(a, "The registration failed: No address.\nCheck DNS.\n\n");
    a->failure.operation = TR_OPERATION_DEREGISTER;
    check_notes(a, "");
}

static void test_refused_token(void **state)
{
    struct appliance *a = *state;

    a->registration.last_failure = &a->failure;
    a->failure.permanent = true;
    a->failure.reason = "token_rejected";
    a->failure.message = "The token has expired\033[1m.";
    check_notes(a, "The registration failed because of an invalid or expired token key.\n"
                   "The token has expired\\x1b[1m.\n"
                   "Check DNS.\n\n");
}

static void test_disabled(void **state)
{
    struct appliance *a = *state;

    a->status.enabled = false;
    check_notes(a, "The Cisco Threat Response feature is currently disabled on your appliance. Use the "
                   "threatresponseconfig command to enable it, and commit.\n\n");
    a->status.staged = a->candidates;
    a->status.n_staged = 1;
    a->staged.has_enabled = a->staged.enabled = true;
    check_notes(a,
        "The Cisco Threat Response feature is currently disabled on your appliance. Use the commit "
        "command to make its enabling active.\n\n");
}

static void test_busy(void **state)
{
    struct appliance *a = *state;

    a->registration.state = TR_STATE_REGISTERING;
    check_notes(a, BUSY "The appliance registration is in progress: use the status command to see how far it "
                        "is.\n\n");
    a->registration.last_failure = &a->failure;
    a->registration.attempt = 2;
    a->registration.next_attempt = 1795571312;
    check_notes(a, BUSY "The appliance registration is in progress: use the status command to see how far it "
                        "is.\n"
                        "The last attempt to register failed: No address.\n"
                        "Check DNS.\n"
                        "The next attempt is at Wed Nov 25 01:48:32 2026 GMT.\n\n");
    a->registration.state = TR_STATE_DEREGISTERING;
    a->registration.next_attempt = 0;
    check_notes(a, BUSY "The appliance deregistration is in progress: use the status command to see how far "
                        "it is.\n"
                        "The last attempt to deregister failed: No address.\n"
                        "Check DNS.\n"
                        "\"cloudserviceconfig deregister --local-only\" ends it without telling the "
                        "cloud.\n\n");
}

static void test_registered(void **state)
{
    static const struct {
        enum tr_health health;
        const char *notes;
    } cases[] = {
        { TR_HEALTH_OK, REGISTERED "\n" },
        { TR_HEALTH_OTHER, REGISTERED "\n" },
        { TR_HEALTH_UNREACHABLE,
            REGISTERED "The Cisco Threat Response portal can't be reached at present.\n" FAILED "\n" },
        { TR_HEALTH_RENEWAL_OVERDUE,
            REGISTERED "The renewal of the appliance's certificate is overdue.\n" FAILED "\n" },
        { TR_HEALTH_CERTIFICATE_EXPIRED,
            REGISTERED "The appliance's certificate has expired.\n" FAILED "\n" },
        { TR_HEALTH_REMOVED_IN_PORTAL,
            "The Product was removed in the Cisco Threat Response portal.\n" ANEW "\n" },
        { TR_HEALTH_IDENTITY_CHANGED,
            "The registration with the Cisco Threat Response portal belongs to another machine.\n" ANEW
            "\n" },
    };
    struct appliance *a = *state;

    a->registration.state = TR_STATE_REGISTERED;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        bool failing = strstr(cases[i].notes, "No address.");

        a->registration.health = cases[i].health;
        a->registration.operation = failing ? TR_OPERATION_REFRESH : TR_OPERATION_NONE;
        a->registration.attempt = failing;
        a->registration.next_attempt = failing ? 1795571312 : 0;
        a->registration.last_failure = &a->failure;
        check_notes(a, cases[i].notes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unregistered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_disabled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_busy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_registered, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
