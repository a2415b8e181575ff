/* How the library reads a state, follows it, and what it makes of the daemon's errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "client/error.h"
#include "common/reason.h"

#define SERVER "{\"number\":2,\"label\":\"EUROPE\",\"fqdn\":\"eu.example\",\"supported\":true}"
#define MINIMAL(registration)                                                                                \
    "{\"status\":{\"version\":\"1\",\"product\":\"P\",\"name\":\"n\",\"enabled\":false,\"server\":" SERVER   \
    ",\"revision\":0,\"staged\":[],\"registration\":" registration "}}"
#define UNREGISTERED "{\"state\":\"unregistered\",\"since\":5,\"running\":false,\"attempt\":0}"

static const char full[] =
    "{\"status\":{\"version\":\"0.1.0\",\"product\":\"Product\",\"name\":\"sma\",\"enabled\":true,"
    "\"server\":" SERVER ",\"revision\":7,"
    "\"staged\":[{\"uid\":0,\"userName\":\"root\",\"baseRevision\":6,\"enabled\":false,\"server\":\"APJC\"},"
    "{\"uid\":1000,\"userName\":\"ann\",\"baseRevision\":7}],"
    "\"registration\":{\"state\":\"registered\",\"since\":1795571312,\"health\":\"renewal_overdue\","
    "\"operation\":\"renew\",\"step\":\"certificate\",\"running\":true,\"attempt\":3,\"nextAttempt\":11,"
    "\"lastSuccess\":12,\"lastFailure\":{\"reason\":\"clock_skew\",\"message\":\"m\",\"remedy\":\"r\","
    "\"permanent\":true,\"time\":13,\"operation\":\"refresh\",\"step\":\"s\",\"requestId\":\"id\","
    "\"clockOffset\":-42},\"nextRefresh\":14,\"guid\":\"g\",\"server\":" SERVER ","
    "\"tenant\":{\"id\":\"t\",\"name\":\"T\"},\"certificate\":{\"subject\":\"su\",\"issuer\":\"is\","
    "\"serial\":\"01\",\"notBefore\":15,\"notAfter\":16,\"fingerprint\":\"fp\",\"keyType\":\"ec\","
    "\"nextRenewal\":17}},\"proxy\":\"http://p\",\"stateFault\":\"sf\",\"configFault\":\"cf\","
    "\"clusterMode\":\"group\",\"later\":{\"a\":1}}}";

static struct tr_status *parse(const char *text)
{
    struct tr_status *status = NULL;

    assert_int_equal(tr_status_parse(text, &status), 0);
    assert_non_null(status);
    return status;
}

static void test_full(void **state)
{
    struct tr_status *status = parse(full);
    const struct tr_registration *registration = status->registration;

    (void)state;
    assert_string_equal(status->version, "0.1.0");
    assert_string_equal(status->product, "Product");
    assert_string_equal(status->name, "sma");
    assert_true(status->enabled);
    assert_int_equal(status->server->number, 2);
    assert_string_equal(status->server->label, "EUROPE");
    assert_string_equal(status->server->fqdn, "eu.example");
    assert_true(status->server->supported);
    assert_int_equal(status->revision, 7);
    assert_string_equal(status->proxy, "http://p");
    assert_string_equal(status->state_fault, "sf");
    assert_string_equal(status->config_fault, "cf");
    assert_int_equal(status->cluster_mode, TR_CLUSTER_MODE_GROUP);

    assert_int_equal(status->n_staged, 2);
    assert_true(status->staged[0]->has_enabled && !status->staged[0]->enabled);
    assert_string_equal(status->staged[0]->server, "APJC");
    assert_int_equal(status->staged[0]->base_revision, 6);
    assert_int_equal(status->staged[1]->uid, 1000);
    assert_string_equal(status->staged[1]->user_name, "ann");
    assert_false(status->staged[1]->has_enabled);
    assert_null(status->staged[1]->server);

    assert_int_equal(registration->state, TR_STATE_REGISTERED);
    assert_int_equal(registration->since, 1795571312);
    assert_int_equal(registration->health, TR_HEALTH_RENEWAL_OVERDUE);
    assert_int_equal(registration->operation, TR_OPERATION_RENEW);
    assert_string_equal(registration->step, "certificate");
    assert_true(registration->running);
    assert_int_equal(registration->attempt, 3);
    assert_int_equal(registration->next_attempt, 11);
    assert_int_equal(registration->last_success, 12);
    assert_int_equal(registration->next_refresh, 14);
    assert_string_equal(registration->guid, "g");
    assert_string_equal(registration->server->label, "EUROPE");
    assert_string_equal(registration->tenant->id, "t");
    assert_string_equal(registration->tenant->name, "T");
    tr_status_free(status);
}

static void test_full_inside(void **state)
{
    struct tr_status *status = parse(full);
    const struct tr_failure *failure = status->registration->last_failure;
    const struct tr_certificate *certificate = status->registration->certificate;

    (void)state;
    assert_string_equal(failure->reason, "clock_skew");
    assert_string_equal(failure->message, "m");
    assert_string_equal(failure->remedy, "r");
    assert_true(failure->permanent);
    assert_int_equal(failure->time, 13);
    assert_int_equal(failure->operation, TR_OPERATION_REFRESH);
    assert_string_equal(failure->step, "s");
    assert_string_equal(failure->request_id, "id");
    assert_true(failure->has_clock_offset);
    assert_int_equal(failure->clock_offset, -42);
    assert_string_equal(certificate->subject, "su");
    assert_string_equal(certificate->issuer, "is");
    assert_string_equal(certificate->serial, "01");
    assert_int_equal(certificate->not_before, 15);
    assert_int_equal(certificate->not_after, 16);
    assert_string_equal(certificate->fingerprint, "fp");
    assert_string_equal(certificate->key_type, "ec");
    assert_int_equal(certificate->next_renewal, 17);
    tr_status_free(status);
}

static void test_minimal(void **state)
{
    struct tr_status *status = parse(MINIMAL(UNREGISTERED));
    const struct tr_registration *registration = status->registration;

    (void)state;
    assert_false(status->enabled);
    assert_int_equal(status->n_staged, 0);
    assert_null(status->proxy);
    assert_int_equal(registration->state, TR_STATE_UNREGISTERED);
    assert_int_equal(registration->health, TR_HEALTH_NONE);
    assert_int_equal(registration->operation, TR_OPERATION_NONE);
    assert_int_equal(registration->next_attempt, 0);
    assert_null(registration->last_failure);
    assert_null(registration->certificate);
    tr_status_free(status);

    /* null is as good as absent where a field is optional, and what is new is no fault. */
    status = parse(MINIMAL("{\"state\":\"hibernating\",\"since\":5,\"running\":false,\"attempt\":0,"
                           "\"health\":\"sleepy\",\"operation\":\"nap\",\"step\":null,\"tenant\":null}"));
    assert_int_equal(status->registration->state, TR_STATE_OTHER);
    assert_int_equal(status->registration->health, TR_HEALTH_OTHER);
    assert_int_equal(status->registration->operation, TR_OPERATION_OTHER);
    assert_null(status->registration->tenant);
    tr_status_free(status);
    assert_null(tr_status_free(NULL));
}

static void test_bad(void **state)
{
    static const char *const cases[] = {
        "",
        "[]",
        "{}",
        "{\"status\":[]}",
        "{\"status\":{}}",
        MINIMAL("{}"),
        MINIMAL("null"),
        MINIMAL("{\"state\":1,\"since\":5,\"running\":false,\"attempt\":0}"),
        MINIMAL("{\"state\":null,\"since\":5,\"running\":false,\"attempt\":0}"),
        MINIMAL("{\"state\":\"registered\",\"since\":\"5\",\"running\":false,\"attempt\":0}"),
        MINIMAL("{\"state\":\"registered\",\"since\":5.5,\"running\":false,\"attempt\":0}"),
        MINIMAL("{\"state\":\"registered\",\"since\":5,\"running\":0,\"attempt\":0}"),
        MINIMAL("{\"state\":\"registered\",\"since\":5,\"running\":false,\"attempt\":0,\"health\":true}"),
        MINIMAL("{\"state\":\"registered\",\"since\":5,\"running\":false,\"attempt\":0,\"tenant\":{}}"),
        MINIMAL("{\"state\":\"registered\",\"since\":5,\"running\":false,\"attempt\":0,\"guid\":7}"),
        "{\"status\":{\"version\":\"1\",\"product\":\"P\",\"name\":\"n\",\"enabled\":false,\"server\":" SERVER
        ",\"revision\":0,\"staged\":[1],\"registration\":" UNREGISTERED "}}",
        "{\"status\":{\"version\":\"1\",\"product\":\"P\",\"name\":\"n\",\"enabled\":false,\"server\":" SERVER
        ",\"revision\":0,\"staged\":{},\"registration\":" UNREGISTERED "}}",
    };
    struct tr_status *status = NULL;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_int_equal(tr_status_parse(cases[i], &status), -EBADMSG);
    assert_null(status);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(tr_state_to_string(TR_STATE_UNREGISTERED), "unregistered");
    assert_string_equal(tr_state_to_string(TR_STATE_DEREGISTERING), "deregistering");
    assert_string_equal(tr_state_to_string(TR_STATE_OTHER), "unknown");
    assert_string_equal(tr_state_to_string((enum tr_state)99), "unknown");
    assert_string_equal(tr_health_to_string(TR_HEALTH_NONE), "none");
    assert_string_equal(tr_health_to_string(TR_HEALTH_DISABLED), "disabled");
    assert_string_equal(tr_health_to_string(TR_HEALTH_OTHER), "unknown");
    assert_string_equal(tr_operation_to_string(TR_OPERATION_NONE), "none");
    assert_string_equal(tr_operation_to_string(TR_OPERATION_RENEW), "renew");
    assert_string_equal(tr_operation_to_string((enum tr_operation)5), "unknown");
    assert_string_equal(tr_cluster_mode_to_string(TR_CLUSTER_MODE_CLUSTER), "cluster");
    assert_string_equal(tr_cluster_mode_to_string(TR_CLUSTER_MODE_OTHER), "unknown");
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text) + 1, MSG_NOSIGNAL), strlen(text) + 1);
}

static void test_watch(void **state)
{
    struct tr_status *status = NULL;
    struct tr_client *client;
    struct tr_error error;
    char received[256] = "", *reply = NULL;
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(tr_client_new_fd(fds[0], &client), 0);
    assert_int_equal(tr_client_get_fd(client), fds[0]);
    assert_int_equal(tr_watch_next(client, 0, &status, NULL), -ENOTCONN);

    assert_int_equal(tr_watch_start(client, NULL), 0);
    assert_true(recv(fds[1], received, sizeof(received), 0) > 0);
    assert_string_equal(received, "{\"method\":\"org.threatresponse.agent.GetStatus\",\"more\":true}");
    assert_int_equal(tr_watch_next(client, 0, &status, NULL), -EAGAIN);
    assert_int_equal(tr_call(client, "GetStatus", NULL, &reply, &error), -EBUSY);
    assert_string_equal(error.code, "busy_client");

    say(fds[1], "{\"parameters\":" MINIMAL(UNREGISTERED) ",\"continues\":true}");
    assert_int_equal(tr_watch_next(client, -1, &status, NULL), 1);
    assert_int_equal(status->registration->state, TR_STATE_UNREGISTERED);
    status = tr_status_free(status);
    assert_int_equal(tr_watch_next(client, 0, &status, NULL), -EAGAIN);

    /* The last answer ends the stream, and the connection takes calls again. */
    say(fds[1], "{\"parameters\":" MINIMAL(UNREGISTERED) "}");
    assert_int_equal(tr_watch_next(client, -1, &status, NULL), 0);
    status = tr_status_free(status);
    assert_int_equal(tr_stream_start(client, "Check", NULL, NULL), 0);
    say(fds[1], "{\"parameters\":{\"n\":1}}");
    assert_int_equal(tr_stream_next(client, -1, &reply, NULL), 0);
    assert_string_equal(reply, "{\"n\":1}");
    free(reply);

    /* This comes unasked, and a client that was made from a descriptor can't connect again. */
    say(fds[1], "{\"parameters\":{\"n\":2}}");
    assert_int_equal(tr_call(client, "Check", NULL, &reply, NULL), -ECONNRESET);
    tr_client_free(client);
    close(fds[1]);
}

static void test_watch_ends(void **state)
{
    static const struct {
        const char *text;
        int r;
    } cases[] = {
        { "{\"error\":\"x.y.Z\"}", -EREMOTEIO },
        { "{\"parameters\":{\"status\":{}},\"continues\":true}", -EBADMSG },
        { "nonsense", -EBADMSG },
        { NULL, -ECONNRESET },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct tr_status *status = NULL;
        struct tr_client *client;
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        assert_int_equal(tr_client_new_fd(fds[0], &client), 0);
        assert_int_equal(tr_watch_start(client, NULL), 0);
        if (cases[i].text)
            say(fds[1], cases[i].text);
        else
            close(fds[1]);
        assert_int_equal(tr_watch_next(client, -1, &status, NULL), cases[i].r);
        assert_null(status);
        assert_int_equal(tr_watch_next(client, -1, &status, NULL), -ENOTCONN);
        tr_client_free(client);
        if (cases[i].text)
            close(fds[1]);
    }
    assert_int_equal(tr_client_new_fd(-1, &(struct tr_client *){ NULL }), -EINVAL);
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
        { "org.threatresponse.agent.UnknownServer", "{\"server\":\"mars\"}",
            "No server has the number, label or name \"mars\".", TR_CLASS_FAILED },
        { "org.threatresponse.agent.UnsupportedServer", "{\"server\":\"APJC\"}",
            "The integration does not support the server APJC.", TR_CLASS_FAILED },
        { "org.threatresponse.agent.PermissionDenied", "{\"method\":\"a.B\",\"group\":\"staff\"}",
            "You have no permission to call a.B.", TR_CLASS_DENIED },
        { "org.varlink.service.PermissionDenied", "{}", "You have no permission to call this method.",
            TR_CLASS_DENIED },
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
    assert_non_null(strstr(describe(cases[4].name, cases[4].parameters).hint, "group staff"));
}

/* Every reason, so that a new one is thought about here. */
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
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_full_inside),
        cmocka_unit_test(test_minimal),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_watch_ends),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
