/* What the state says in C: each member where it belongs, and the fallback of each that is absent. */
#include "daemon/state/saved.h"

#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

static void read_text(struct saved *saved, const char *text, json_object **ret)
{
    *ret = fixture_parse(text);
    /* Nothing of what was there before stays. */
    memset(saved, 0xa5, sizeof(*saved));
    saved_read(saved, *ret);
}

static void test_document_and_settings(void **state)
{
    json_object *document;
    struct saved saved;

    (void)state;
    read_text(&saved,
        "{\"machineId\":\"m\",\"everRegistered\":true,\"settings\":{\"enabled\":false,\"server\":\"EUROPE\","
        "\"revision\":7},\"registration\":{\"state\":\"registered\",\"since\":3}}",
        &document);
    assert_string_equal(saved.machine_id, "m");
    assert_true(saved.ever_registered);
    assert_true(saved.enabled_is_set);
    assert_false(saved.enabled);
    assert_string_equal(saved.server_label, "EUROPE");
    assert_int_equal(saved.revision, 7);
    assert_int_equal(saved.state, STATE_REGISTERED);
    assert_int_equal(saved.since, 3);
    json_object_put(document);

    read_text(&saved, "{\"settings\":{\"enabled\":true}}", &document);
    assert_true(saved.enabled_is_set);
    assert_true(saved.enabled);
    json_object_put(document);
}

static void test_states(void **state)
{
    char text[128];

    (void)state;
    for (enum state named = STATE_UNREGISTERED; named <= STATE_DEREGISTERING; named++) {
        json_object *document;
        struct saved saved;

        snprintf(text, sizeof(text), "{\"registration\":{\"state\":\"%s\"}}", state_names[named]);
        read_text(&saved, text, &document);
        assert_int_equal(saved.state, named);
        json_object_put(document);
    }
}

/* The next step of each operation stands in the member that step_member names. */
static void test_steps(void **state)
{
    json_object *document;
    struct saved saved;

    (void)state;
    read_text(&saved, "{\"registration\":{\"step\":\"trust\",\"renewalStep\":\"renewal-key\"}}", &document);
    assert_string_equal(saved.steps[OPERATION_REGISTER], "trust");
    assert_string_equal(saved.steps[OPERATION_DEREGISTER], "trust");
    assert_string_equal(saved.steps[OPERATION_RENEW], "renewal-key");
    json_object_put(document);
}

static void test_registration(void **state)
{
    json_object *document;
    struct saved saved;

    (void)state;
    read_text(&saved,
        "{\"registration\":{\"guid\":\"" GUID "\"," SERVER ",\"token\":\"T\"," ENROLLMENT
        ",\"estUrl\":\"U\",\"keyType\":\"rsa_2048\",\"trustAnchors\":\"A\",\"tenant\":{\"id\":\"i\","
        "\"name\":\"n\"},\"refreshInterval\":60,\"removed\":true,\"lastSuccess\":4,\"lastFailure\":{"
        "\"reason\":\"busy\"},\"requestedBy\":{\"uid\":1000,\"userName\":\"anne\"}}}",
        &document);
    assert_string_equal(saved.guid, GUID);
    assert_string_equal(saved.region_label, "EUROPE");
    assert_string_equal(saved.region_fqdn, "api.eu.sse.itd.cisco.com");
    assert_string_equal(saved.token, "T");
    assert_string_equal(json_get_string(saved.enrollment, "secret"), "S3CRET");
    assert_string_equal(saved.est_url, "U");
    assert_string_equal(saved.key_type, "rsa_2048");
    assert_string_equal(saved.trust_anchors, "A");
    assert_string_equal(json_get_string(saved.tenant, "id"), "i");
    assert_string_equal(saved.tenant_name, "n");
    assert_int_equal(saved.refresh_interval, 60);
    assert_true(saved.removed);
    assert_int_equal(saved.last_success, 4);
    assert_string_equal(json_get_string(saved.last_failure, "reason"), "busy");
    assert_string_equal(json_get_string(saved.requested_by, "userName"), "anne");
    assert_string_equal(saved.requester, "anne");
    assert_int_equal(saved.requester_uid, 1000);
    json_object_put(document);
}

static void test_certificates(void **state)
{
    json_object *document;
    struct saved saved;

    (void)state;
    read_text(&saved,
        "{\"registration\":{\"privateKey\":\"K\",\"certificate\":\"C\",\"chain\":\"H\",\"certificateInfo\":"
        "{\"serial\":\"01\",\"notAfter\":90},\"newPrivateKey\":\"K2\",\"newCertificate\":\"C2\","
        "\"newChain\":\"H2\",\"newCertificateInfo\":{\"serial\":\"02\",\"notAfter\":99},\"nextRenewal\":60,"
        "\"warnedDays\":7,\"warnedMachine\":\"w\"}}",
        &document);
    assert_string_equal(saved.pair.private_key, "K");
    assert_string_equal(saved.pair.certificate, "C");
    assert_string_equal(saved.pair.chain, "H");
    assert_string_equal(json_get_string(saved.pair.info, "serial"), "01");
    assert_string_equal(saved.new_pair.private_key, "K2");
    assert_string_equal(saved.new_pair.certificate, "C2");
    assert_string_equal(saved.new_pair.chain, "H2");
    assert_string_equal(json_get_string(saved.new_pair.info, "serial"), "02");
    assert_string_equal(saved.serial, "01");
    assert_int_equal(saved.not_after, 90);
    assert_int_equal(saved.next_renewal, 60);
    assert_int_equal(saved.warned_days, 7);
    assert_string_equal(saved.warned_machine, "w");
    json_object_put(document);
}

/* What an unregistered appliance is, of which the file has the least. */
static void test_fallbacks(void **state)
{
    json_object *document;
    struct saved saved;

    (void)state;
    read_text(&saved, DOCUMENT("", "unregistered", ""), &document);
    assert_int_equal(saved.since, 1500000000);
    assert_false(saved.enabled_is_set);
    assert_false(saved.enabled);
    assert_false(saved.ever_registered);
    assert_false(saved.removed);
    assert_int_equal(saved.revision, 0);
    assert_int_equal(saved.refresh_interval, 1200);
    assert_int_equal(saved.not_after, INT64_MAX);
    assert_int_equal(saved.next_renewal, INT64_MAX);
    assert_int_equal(saved.warned_days, 1000);
    const void *const absent[] = { saved.machine_id, saved.server_label, saved.steps[OPERATION_REGISTER],
        saved.steps[OPERATION_DEREGISTER], saved.steps[OPERATION_REFRESH], saved.steps[OPERATION_RENEW],
        saved.guid, saved.region_label, saved.region_fqdn, saved.token, saved.enrollment, saved.est_url,
        saved.key_type, saved.trust_anchors, saved.tenant, saved.tenant_name, saved.last_failure,
        saved.requested_by, saved.requester, saved.pair.private_key, saved.pair.certificate, saved.pair.chain,
        saved.pair.info, saved.new_pair.private_key, saved.new_pair.certificate, saved.new_pair.chain,
        saved.new_pair.info, saved.serial, saved.warned_machine };
    for (size_t i = 0; i < ELEMENTS(absent); i++)
        assert_null(absent[i]);
    assert_int_equal(saved.last_success, 0);
    assert_int_equal(saved.requester_uid, 0);
    assert_int_equal(saved.state, STATE_UNREGISTERED);
    json_object_put(document);
}

/* A warning on the day of the end is 0, which is not none. */
static void test_warned_at_the_end(void **state)
{
    json_object *document;
    struct saved saved;

    (void)state;
    read_text(&saved, "{\"registration\":{\"state\":\"registered\",\"warnedDays\":0}}", &document);
    assert_int_equal(saved.warned_days, 0);
    json_object_put(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document_and_settings),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_registration),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_fallbacks),
        cmocka_unit_test(test_warned_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
