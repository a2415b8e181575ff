/* Reading a state, and the names of its enumerations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "client/status.h"
#include "varlink/agent.h"

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

    /* An optional field may be null. Unknown fields and values are passed over. */
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

/* Each value has a name, and those that the enumerations don't have are unknown: the one before the first, the one behind the
 * last, and all beyond. */
static void test_all_names(void **state)
{
    static const char *const states[] = { AGENT_STATE_NAMES }, *const healths[] = { AGENT_HEALTH_NAMES },
                             *const operations[] = { AGENT_OPERATION_NAMES },
                             *const modes[] = { AGENT_CLUSTER_MODE_NAMES };

    (void)state;
    for (int value = -2; value < 50; value++) {
#define NAME(names, zero)                                                                                    \
    (value == 0 ? (zero) : value > 0 && value <= (int)ELEMENTS(names) ? (names)[value - 1] : "unknown")
        assert_string_equal(tr_state_to_string((enum tr_state)value), NAME(states, "unknown"));
        assert_string_equal(tr_health_to_string((enum tr_health)value), NAME(healths, "none"));
        assert_string_equal(tr_operation_to_string((enum tr_operation)value), NAME(operations, "none"));
        assert_string_equal(tr_cluster_mode_to_string((enum tr_cluster_mode)value), NAME(modes, "none"));
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
        cmocka_unit_test(test_all_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
