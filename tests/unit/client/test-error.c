/* Failures: class, code, sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "client/error.h"
#include "common/reason.h"

static void test_fail(void **state)
{
    struct tr_error error = { .reason = "busy", .hint = "old" };
    char text[2000];

    (void)state;
    assert_int_equal(client_fail(&error, -EIO, TR_CLASS_USAGE, "code", NULL, "%d of %s", 1, "2"), -EIO);
    assert_int_equal(error.exit_class, TR_CLASS_USAGE);
    assert_string_equal(error.code, "code");
    assert_string_equal(error.message, "1 of 2");
    assert_string_equal(error.hint, "");
    assert_string_equal(error.reason, "");

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    client_fail(&error, -EIO, TR_CLASS_FAILED, text, text, "%s", text);
    assert_int_equal(strlen(error.code), sizeof(error.code) - 1);
    assert_int_equal(strlen(error.hint), sizeof(error.hint) - 1);
    assert_int_equal(strlen(error.message), sizeof(error.message) - 1);

    assert_int_equal(client_fail(NULL, -EIO, TR_CLASS_FAILED, "code", NULL, "x"), -EIO);
    assert_int_equal(client_fail_connect(NULL, -ENOENT, "/p"), -ENOENT);
    assert_int_equal(client_fail_exchange(NULL, -EPIPE), -ECONNRESET);
    assert_int_equal(client_fail_reply(NULL, "x.y.Z", NULL), -EREMOTEIO);
}

/* Each errno of connecting and of exchanges. Those of one kind return the same errno. */
static void test_errnos(void **state)
{
    static const struct {
        int connect, exchange, r;
        const char *code;
        enum tr_error_class exit_class;
    } cases[] = {
        { -ENOENT, 0, -ENOENT, "not_running", TR_CLASS_UNREACHABLE },
        { -ENOTDIR, 0, -ENOENT, "not_running", TR_CLASS_UNREACHABLE },
        { -ECONNREFUSED, 0, -ECONNREFUSED, "not_running", TR_CLASS_UNREACHABLE },
        { -EACCES, 0, -EACCES, "permission_denied", TR_CLASS_DENIED },
        { -EPERM, 0, -EPERM, "permission_denied", TR_CLASS_DENIED },
        { -EINVAL, 0, -EINVAL, "bad_parameters", TR_CLASS_USAGE },
        { -ENAMETOOLONG, 0, -ENAMETOOLONG, "bad_parameters", TR_CLASS_USAGE },
        { -ETIMEDOUT, 0, -ETIMEDOUT, "timed_out", TR_CLASS_UNREACHABLE },
        { -EMFILE, 0, -EMFILE, "failed", TR_CLASS_UNREACHABLE },
        { 0, -ETIMEDOUT, -ETIMEDOUT, "timed_out", TR_CLASS_UNREACHABLE },
        { 0, -ECONNRESET, -ECONNRESET, "closed", TR_CLASS_UNREACHABLE },
        { 0, -EPIPE, -ECONNRESET, "closed", TR_CLASS_UNREACHABLE },
        { 0, -EBADMSG, -EBADMSG, "bad_reply", TR_CLASS_UNREACHABLE },
        { 0, -EMSGSIZE, -EMSGSIZE, "bad_reply", TR_CLASS_UNREACHABLE },
        { 0, -ENOMEM, -ENOMEM, "failed", TR_CLASS_FAILED },
        { 0, -EIO, -EIO, "failed", TR_CLASS_FAILED },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct tr_error error;

        int r = cases[i].connect ? client_fail_connect(&error, cases[i].connect, "/a/socket")
                                 : client_fail_exchange(&error, cases[i].exchange);
        print_message("%zu: %s\n", i, error.message);
        assert_int_equal(r, cases[i].r);
        assert_string_equal(error.code, cases[i].code);
        assert_int_equal(error.exit_class, cases[i].exit_class);
        assert_true(error.message[0]);
        if (streq(cases[i].code, "not_running") || streq(cases[i].code, "permission_denied"))
            assert_non_null(strstr(error.message, "/a/socket"));
    }
}

static struct tr_error describe(const char *name, const char *parameters)
{
    _cleanup_json_ json_object *object = NULL;
    struct tr_error error;

    assert_int_equal(json_parse(parameters, strlen(parameters), &object), 0);
    assert_int_equal(client_fail_reply(&error, name, object), -EREMOTEIO);
    return error;
}

static void test_errors(void **state)
{
    static const struct {
        const char *name, *parameters, *message;
        enum tr_error_class exit_class;
    } cases[] = {
        { "org.threatresponse.agent.CommitConflict",
            "{\"setting\":\"server\",\"committed\":\"EUROPE\",\"staged\":\"AMERICAS\",\"revision\":4,"
            "\"userName\":\"root\",\"uid\":0,\"time\":1795571312}",
            "server: root (uid 0) committed EUROPE in revision 4 at 2026-11-25 01:48:32 UTC, you staged "
            "AMERICAS.",
            TR_CLASS_FAILED },
        { "org.threatresponse.agent.NothingStaged", "{}", "There is nothing to commit.", TR_CLASS_ALREADY },
        { "org.threatresponse.agent.NothingToCancel", "{\"state\":\"registered\"}",
            "There is nothing to cancel: the appliance is registered.", TR_CLASS_ALREADY },
        { "org.threatresponse.agent.NothingToRetry", "{\"state\":\"registered\"}",
            "Nothing waits for its next attempt: the appliance is registered.", TR_CLASS_ALREADY },
        { "org.varlink.service.MethodNotImplemented", "{\"method\":\"a.B\"}", "The daemon has no method a.B.",
            TR_CLASS_FAILED },
        { "org.varlink.service.InterfaceNotFound", "{\"interface\":\"a.b\"}",
            "The daemon has no interface a.b.", TR_CLASS_FAILED },
        { "org.varlink.service.ExpectedMore", "{}", "The method only answers in a stream.", TR_CLASS_FAILED },
        { "org.threatresponse.agent.PermissionDenied",
            "{\"method\":\"org.threatresponse.agent.Renew\",\"group\":\"\"}",
            "You may not renew the certificate.", TR_CLASS_DENIED },
        { "org.threatresponse.agent.UnknownServer", "{\"server\":\"mars\"}",
            "No server has the number, label or name \"mars\".", TR_CLASS_FAILED },
        { "org.threatresponse.agent.UnsupportedServer", "{\"server\":\"APJC\"}",
            "The integration does not support the server APJC.", TR_CLASS_FAILED },
        { "org.threatresponse.agent.PermissionDenied", "{\"method\":\"a.B\",\"group\":\"staff\"}",
            "You may not call a.B.", TR_CLASS_DENIED },
        { "org.varlink.service.PermissionDenied", "{}", "You may not call this method.", TR_CLASS_DENIED },
        { "org.varlink.service.InvalidParameter", "{\"parameter\":\"server\"}",
            "The parameter server is missing, unknown or not allowed.", TR_CLASS_FAILED },
        { "org.varlink.service.MethodNotFound", "{\"method\":\"a.B\"}", "The daemon has no method a.B.",
            TR_CLASS_FAILED },
        { "org.threatresponse.agent.Refused", "{}",
            "The daemon answered with the error org.threatresponse.agent.Refused.", TR_CLASS_FAILED },
        { "some.other.Error", "{\"a\":1}", "The daemon answered with the error some.other.Error.",
            TR_CLASS_FAILED },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct tr_error error = describe(cases[i].name, cases[i].parameters);

        assert_string_equal(error.code, cases[i].name);
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.exit_class, cases[i].exit_class);
    }
    struct tr_error denied =
        describe("org.threatresponse.agent.PermissionDenied", "{\"method\":\"a.B\",\"group\":\"staff\"}");
    assert_string_equal(denied.hint, "Run it as root, or ask for membership of the group staff.");
    denied = describe("org.threatresponse.agent.PermissionDenied", "{\"method\":\"a.B\"}");
    assert_string_equal(
        denied.hint, "Run it as root: no administrators' group is configured (api.admin_group).");
}

/* All reasons: a new one that is not a plain failure needs a row here. */
static void test_refusals(void **state)
{
    static const struct {
        enum reason reason;
        enum tr_error_class exit_class;
    } others[] = {
        { REASON_BUSY, TR_CLASS_BUSY },
        { REASON_ALREADY_REGISTERED, TR_CLASS_ALREADY },
        { REASON_NOT_REGISTERED, TR_CLASS_ALREADY },
        { REASON_TOKEN_REJECTED, TR_CLASS_REFUSED },
        { REASON_WRONG_REGION, TR_CLASS_REFUSED },
        { REASON_EST_REJECTED, TR_CLASS_REFUSED },
        { REASON_REMOVED_IN_PORTAL, TR_CLASS_REFUSED },
        { REASON_CERTIFICATE_UNUSABLE, TR_CLASS_REFUSED },
        { REASON_CERTIFICATE_REFUSED, TR_CLASS_REFUSED },
        { REASON_DEVICE_CONFLICT, TR_CLASS_REFUSED },
    };

    (void)state;
    for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++) {
        enum tr_error_class expected = TR_CLASS_FAILED;
        char parameters[128];

        for (size_t i = 0; i < ELEMENTS(others); i++)
            if (others[i].reason == reason)
                expected = others[i].exit_class;
        snprintf(parameters, sizeof(parameters), "{\"reason\":\"%s\",\"message\":\"m\",\"remedy\":\"r\"}",
            reason_to_string(reason));
        struct tr_error error = describe("org.threatresponse.agent.Refused", parameters);
        assert_int_equal(error.exit_class, expected);
        assert_string_equal(error.reason, reason_to_string(reason));
        assert_string_equal(error.hint, "r");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_errnos),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
