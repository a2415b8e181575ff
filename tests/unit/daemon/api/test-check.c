/* The check that a client asks for: what is passed on, what is refused, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/helpers/daemon/appliance.h"
#include "unit/helpers/daemon/client.h"

#define CHECK "{\"method\":\"" AGENT "Check\",\"more\":true}"
#define RESULT(step, rest)                                                                                   \
    "{\"result\":{\"service\":\"sse\",\"host\":\"h:443\",\"step\":\"" step "\"," rest ",\"message\":\"m\"}}"
#define OK "\"ok\":true"

/* Connects and calls. */
static void client_open(struct client *client, struct appliance *a, const char *call)
{
    client_connect(client, &a->f);
    client_call(client, call);
}

#define HOSTS(fqdn, more)                                                                                    \
    "{\"parameters\":{\"hosts\":[{\"service\":\"sse\",\"host\":\"" fqdn                                      \
    ":443\"},{\"service\":\"est\",\"host\":\"est.sco.cisco.com:443\"}]" more "},\"continues\":true}"

static void test_findings(void **state)
{
    struct appliance *a = *state;
    struct client client;

    SCRIPT(&a->worker, { "Check", SILENCE });
    appliance_start(a, NULL, "network = { proxy = \"http://proxy:3128\"; };\n");
    client_open(
        &client, a, "{\"method\":\"" AGENT "Check\",\"parameters\":{\"server\":\"2\"},\"more\":true}");
    client_check_next(&client, HOSTS("api.eu.sse.itd.cisco.com", ",\"proxy\":\"http://proxy:3128\""));
    fake_worker_run(&a->worker, 1);
    json_object *urls = json_get_array(a->worker.parameters, "sse");
    assert_int_equal(json_object_array_length(urls), 1);
    assert_string_equal(json_object_get_string(json_object_array_get_idx(urls, 0)),
        "https://api.eu.sse.itd.cisco.com/v1/contexts/00000000-0000-0000-0000-000000000000/status");
    assert_null(json_get_object(a->worker.parameters, "credentials"));

    fake_worker_answer_part(&a->worker, RESULT("resolve", OK));
    client_check_next(&client, "{\"parameters\":" RESULT("resolve", OK) ",\"continues\":true}");
    fake_worker_answer_part(&a->worker, RESULT("clock", "\"ok\":false,\"reason\":\"clock_skew\""));
    client_check_next(&client,
        "{\"parameters\":{\"result\":{\"service\":\"sse\",\"host\":\"h:443\",\"step\":\"clock\",\"ok\":false,"
        "\"reason\":\"clock_skew\",\"message\":\"m\",\"remedy\":\"Set the appliance's clock, best by "
        "NTP.\"}},"
        "\"continues\":true}");
    assert_non_null(a->f.manager->api.check.errand);
    fake_worker_answer(&a->worker, RESULT("service", OK));
    client_check_next(&client, "{\"parameters\":" RESULT("service", OK) "}");
    assert_null(a->f.manager->api.check.errand);
    assert_null(a->f.manager->api.check.asker);
    client_close(&client);
}

/* The server in use, as the registration knows it. */
static void test_of_a_registered_appliance(void **state)
{
    struct appliance *a = *state;
    struct client client;

    SCRIPT(&a->worker, { "Check", SILENCE });
    fixture_write_state(&a->f, DOCUMENT("\"enabled\":false,\"revision\":1", "registered", "," IDENTITY));
    appliance_start(a, NULL, "");
    client_open(&client, a, CHECK);
    client_check_next(&client,
        "{\"parameters\":{\"hosts\":[{\"service\":\"sse\",\"host\":\"api.eu.sse.itd.cisco.com:443\"},{"
        "\"service\":\"est\",\"host\":\"est.example:443\"}]},\"continues\":true}");
    fake_worker_run(&a->worker, 1);
    client_close(&client);
    while (a->f.manager->api.check.errand)
        fixture_turn(&a->f);
}

static void test_one_at_a_time(void **state)
{
    struct appliance *a = *state;
    struct client client, other;

    SCRIPT(&a->worker, { "Check", SILENCE }, { "Check", SILENCE });
    appliance_start(a, NULL, "");
    client_open(&client, a, CHECK);
    client_check_next(&client, HOSTS("api-sse.cisco.com", ""));
    client_open(&other, a, CHECK);
    client_check_next(&other,
        "{\"error\":\"" AGENT
        "Refused\",\"parameters\":{\"reason\":\"busy\",\"message\":\"A check is running "
        "already.\",\"remedy\":\"Wait until it has ended.\"}}");
    client_close(&other);
    fake_worker_run(&a->worker, 1);
    /* Who hangs up ends it, and the next one may. */
    client_close(&client);
    while (a->f.manager->api.check.errand)
        fixture_turn(&a->f);
    client_open(&client, a, CHECK);
    client_check_next(&client, HOSTS("api-sse.cisco.com", ""));
    client_close(&client);
}

#define FAILED(message)                                                                                      \
    "{\"error\":\"" AGENT "Refused\",\"parameters\":{\"reason\":\"worker_failed\",\"message\":\"" message    \
    "\",\"remedy\":\"Check worker.address in the configuration file, or install the package again; if the "  \
    "worker runs and fails again, report it with the log.\"}}"

static void test_broken_worker(void **state)
{
    struct appliance *a = *state;
    static const struct {
        const char *answer, *expected;
    } cases[] = {
        { HANG_UP, FAILED("The worker hung up before it answered.") },
        { "!boredom", FAILED("The worker answered Check with the error org.threatresponse.worker.Failed.") },
        { "{}", FAILED("The worker's reply is malformed.") },
        { RESULT("dance", OK), FAILED("The worker's reply is malformed.") },
        { RESULT("tls", "\"ok\":true,\"reason\":\"dns_failed\""),
            FAILED("The worker's reply is malformed.") },
        { RESULT("tls", "\"ok\":false"), FAILED("The worker's reply is malformed.") },
        { RESULT("tls", "\"ok\":false,\"reason\":\"boredom\""), FAILED("The worker's reply is malformed.") },
        { RESULT("tls", "\"ok\":true,\"reason\":\"boredom\""), FAILED("The worker's reply is malformed.") },
        { RESULT("tls", OK ",\"certificate\":{\"issuer\":\"i\",\"names\":[],\"notBefore\":1,\"notAfter\":2,"
                           "\"fingerprint\":\"f\"}"),
            FAILED("The worker's reply is malformed.") },
    };

    appliance_start(a, NULL, "");
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct answer answer = { "Check", cases[i].answer };
        struct client client;

        fake_worker_set(&a->worker, &answer, 1);
        client_open(&client, a, CHECK);
        client_check_next(&client, HOSTS("api-sse.cisco.com", ""));
        client_check_next(&client, cases[i].expected);
        assert_null(a->f.manager->api.check.errand);
        client_close(&client);
        fixture_settle(&a->f);
    }
}

static void test_no_worker(void **state)
{
    struct appliance *a = *state;
    struct client client;
    char expected[512];

    appliance_start(a, NULL, "");
    a->worker.listener = safe_close(a->worker.listener);
    fake_worker_detach(&a->worker);
    client_open(&client, a, CHECK);
    snprintf(expected, sizeof(expected),
        "{\"error\":\"" AGENT
        "Refused\",\"parameters\":{\"reason\":\"worker_failed\",\"message\":\"The worker "
        "unix:%s can't be started or reached: Connection refused.\",\"remedy\":\"Check worker.address in the "
        "configuration file, or install the package again; if the worker runs and fails "
        "again, "
        "report it with the log.\"}}",
        a->f.worker);
    client_check_next(&client, expected);
    assert_null(a->f.manager->api.check.errand);
    client_close(&client);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, appliance_set_up, appliance_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_findings),
        TEST(test_of_a_registered_appliance),
        TEST(test_one_at_a_time),
        TEST(test_broken_worker),
        TEST(test_no_worker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
