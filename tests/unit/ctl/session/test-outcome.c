/* The outcome of an operation, and its exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/reason.h"
#include "ctl/session/outcome.h"

struct appliance {
    struct tr_failure failure;
    struct tr_registration registration;
    struct tr_status status;
};

static void check_outcome(
    struct appliance *a, enum tr_operation operation, enum tr_state now, enum outcome expected)
{
    a->registration.state = now;
    assert_int_equal(outcome_get(operation, "0a", &a->status), expected);
}

static void test_outcome(void **state)
{
    struct appliance a = { .failure = { .reason = "dns_failed", .operation = TR_OPERATION_REGISTER } };

    (void)state;
    a.status.registration = &a.registration;
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_REGISTERING, OUTCOME_PENDING);
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_REGISTERED, OUTCOME_DONE);
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_STOPPED);
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_OTHER, OUTCOME_STOPPED);
    check_outcome(&a, TR_OPERATION_DEREGISTER, TR_STATE_DEREGISTERING, OUTCOME_PENDING);
    check_outcome(&a, TR_OPERATION_DEREGISTER, TR_STATE_UNREGISTERED, OUTCOME_DONE);
    check_outcome(&a, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_STOPPED);

    /* Only a permanent failure of this operation has ended it. */
    a.registration.last_failure = &a.failure;
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_STOPPED);
    a.failure.permanent = true;
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_FAILED);
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_REGISTERING, OUTCOME_PENDING);
    check_outcome(&a, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_STOPPED);
    a.failure.operation = TR_OPERATION_DEREGISTER;
    check_outcome(&a, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_FAILED);
    check_outcome(&a, TR_OPERATION_REGISTER, TR_STATE_UNREGISTERED, OUTCOME_STOPPED);
    a.failure.reason = "cancelled";
    check_outcome(&a, TR_OPERATION_DEREGISTER, TR_STATE_REGISTERED, OUTCOME_STOPPED);
}

static void test_renewal(void **state)
{
    struct tr_certificate certificate = { .serial = "0a" };
    struct appliance a = { .registration = { .certificate = &certificate } };

    (void)state;
    a.status.registration = &a.registration;
    check_outcome(&a, TR_OPERATION_RENEW, TR_STATE_REGISTERED, OUTCOME_PENDING);
    check_outcome(&a, TR_OPERATION_RENEW, TR_STATE_DEREGISTERING, OUTCOME_STOPPED);
    certificate.serial = "0b";
    check_outcome(&a, TR_OPERATION_RENEW, TR_STATE_REGISTERED, OUTCOME_DONE);
    a.registration.certificate = NULL;
    check_outcome(&a, TR_OPERATION_RENEW, TR_STATE_REGISTERED, OUTCOME_STOPPED);
}

static void test_exit_codes(void **state)
{
    static const enum reason of_the_cloud[] = { REASON_TOKEN_REJECTED, REASON_WRONG_REGION,
        REASON_EST_REJECTED, REASON_REMOVED_IN_PORTAL, REASON_CERTIFICATE_UNUSABLE, REASON_ALREADY_REGISTERED,
        REASON_CERTIFICATE_REFUSED, REASON_DEVICE_CONFLICT };

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome),
        cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_exit_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
