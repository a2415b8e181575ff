/* The check that a client asks for: what is passed on, what is refused, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/daemon/fake-worker.h"
#include "unit/helpers/daemon/states.h"

#define AGENT "org.threatresponse.agent."
#define CHECK "{\"method\":\"" AGENT "Check\",\"more\":true}"
#define RESULT(step, rest)                                                                                   \
    "{\"result\":{\"service\":\"sse\",\"host\":\"h:443\",\"step\":\"" step "\"," rest ",\"message\":\"m\"}}"
#define OK "\"ok\":true"

struct client {
    struct varlink_stream stream;
    int fd;
};

static void client_open(struct client *client, const char *call)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", f.socket);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    varlink_stream_init(&client->stream, client->fd, client->fd, 1 << 20, 1 << 20);
    assert_int_equal(send(client->fd, call, strlen(call) + 1, MSG_NOSIGNAL), strlen(call) + 1);
}

static void client_close(struct client *client)
{
    varlink_stream_done(&client->stream);
    client->fd = safe_close(client->fd);
}

static void check_next(struct client *client, const char *expected)
{
    char *text;
    size_t size;

    while (varlink_stream_next(&client->stream, &text, &size) == 0) {
        ssize_t n = varlink_stream_read(&client->stream);

        assert_true(n > 0 || n == -EAGAIN);
        if (n < 0)
            fixture_turn(&f);
    }
    assert_string_equal(text, expected);
}

#define HOSTS(fqdn, more)                                                                                    \
    "{\"parameters\":{\"hosts\":[{\"service\":\"sse\",\"host\":\"" fqdn                                      \
    ":443\"},{\"service\":\"est\",\"host\":\"est.sco.cisco.com:443\"}]" more "},\"continues\":true}"

/* Sends a part of the worker's stream. */
static void part(const char *parameters)
{
    char text[1024];

    snprintf(text, sizeof(text), "{\"parameters\":%s,\"continues\":true}", parameters);
    assert_int_equal(varlink_stream_queue_text(&worker.stream, text, strlen(text)), 0);
    assert_int_equal(varlink_stream_flush(&worker.stream), 0);
}

static void test_findings(void **state)
{
    struct client client;

    (void)state;
    SCRIPT(&worker, { "Check", SILENCE });
    fake_worker_start(NULL, "network = { proxy = \"http://proxy:3128\"; };\n");
    client_open(&client, "{\"method\":\"" AGENT "Check\",\"parameters\":{\"server\":\"2\"},\"more\":true}");
    check_next(&client, HOSTS("api.eu.sse.itd.cisco.com", ",\"proxy\":\"http://proxy:3128\""));
    fake_worker_run(&worker, 1);
    json_object *urls = json_get_array(worker.parameters, "sse");
    assert_int_equal(json_object_array_length(urls), 1);
    assert_string_equal(json_object_get_string(json_object_array_get_idx(urls, 0)),
        "https://api.eu.sse.itd.cisco.com/v1/contexts/00000000-0000-0000-0000-000000000000/status");
    assert_null(json_get_object(worker.parameters, "credentials"));

    part(RESULT("resolve", OK));
    check_next(&client, "{\"parameters\":" RESULT("resolve", OK) ",\"continues\":true}");
    part(RESULT("clock", "\"ok\":false,\"reason\":\"clock_skew\""));
    check_next(&client,
        "{\"parameters\":{\"result\":{\"service\":\"sse\",\"host\":\"h:443\",\"step\":\"clock\",\"ok\":false,"
        "\"reason\":\"clock_skew\",\"message\":\"m\",\"remedy\":\"Set the appliance's clock, best by "
        "NTP.\"}},"
        "\"continues\":true}");
    assert_non_null(f.manager->api.check.errand);
    fake_worker_answer(&worker, RESULT("service", OK));
    check_next(&client, "{\"parameters\":" RESULT("service", OK) "}");
    assert_null(f.manager->api.check.errand);
    assert_null(f.manager->api.check.asker);
    client_close(&client);
}

/* The server in use, as the registration knows it. */
static void test_of_a_registered_appliance(void **state)
{
    struct client client;

    (void)state;
    SCRIPT(&worker, { "Check", SILENCE });
    fixture_write_state(&f, DOCUMENT("\"enabled\":false,\"revision\":1", "registered", "," IDENTITY));
    fake_worker_start(NULL, "");
    client_open(&client, CHECK);
    check_next(&client,
        "{\"parameters\":{\"hosts\":[{\"service\":\"sse\",\"host\":\"api.eu.sse.itd.cisco.com:443\"},{"
        "\"service\":\"est\",\"host\":\"est.example:443\"}]},\"continues\":true}");
    fake_worker_run(&worker, 1);
    client_close(&client);
    while (f.manager->api.check.errand)
        fixture_turn(&f);
}

static void test_one_at_a_time(void **state)
{
    struct client client, other;

    (void)state;
    SCRIPT(&worker, { "Check", SILENCE }, { "Check", SILENCE });
    fake_worker_start(NULL, "");
    client_open(&client, CHECK);
    check_next(&client, HOSTS("api-sse.cisco.com", ""));
    client_open(&other, CHECK);
    check_next(&other, "{\"error\":\"" AGENT
                       "Refused\",\"parameters\":{\"reason\":\"busy\",\"message\":\"A check is running "
                       "already.\",\"remedy\":\"Wait until the running operation ends, or cancel it.\"}}");
    client_close(&other);
    fake_worker_run(&worker, 1);
    /* Who hangs up ends it, and the next one may. */
    client_close(&client);
    while (f.manager->api.check.errand)
        fixture_turn(&f);
    client_open(&client, CHECK);
    check_next(&client, HOSTS("api-sse.cisco.com", ""));
    client_close(&client);
}

#define FAILED(message)                                                                                      \
    "{\"error\":\"" AGENT "Refused\",\"parameters\":{\"reason\":\"worker_failed\",\"message\":\"" message    \
    "\",\"remedy\":\"See the log; if it happens again, report it.\"}}"

static void test_broken_worker(void **state)
{
    static const struct {
        const char *answer, *expected;
    } cases[] = {
        { HANG_UP, FAILED("The worker hung up before it answered.") },
        { "!boredom", FAILED("The worker answered org.threatresponse.worker.Failed to Check.") },
        { "{}", FAILED("The worker's reply makes no sense.") },
        { RESULT("dance", OK), FAILED("The worker's reply makes no sense.") },
        { RESULT("tls", "\"ok\":true,\"reason\":\"dns_failed\""),
            FAILED("The worker's reply makes no sense.") },
        { RESULT("tls", "\"ok\":false"), FAILED("The worker's reply makes no sense.") },
        { RESULT("tls", "\"ok\":false,\"reason\":\"boredom\""),
            FAILED("The worker's reply makes no sense.") },
        { RESULT("tls", "\"ok\":true,\"reason\":\"boredom\""), FAILED("The worker's reply makes no sense.") },
        { RESULT("tls", OK ",\"certificate\":{\"issuer\":\"i\",\"names\":[],\"notBefore\":1,\"notAfter\":2,"
                           "\"fingerprint\":\"f\"}"),
            FAILED("The worker's reply makes no sense.") },
    };

    (void)state;
    fake_worker_start(NULL, "");
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct answer answer = { "Check", cases[i].answer };
        struct client client;

        fake_worker_set(&worker, &answer, 1);
        client_open(&client, CHECK);
        check_next(&client, HOSTS("api-sse.cisco.com", ""));
        check_next(&client, cases[i].expected);
        assert_null(f.manager->api.check.errand);
        client_close(&client);
        fixture_settle(&f);
    }
}

static void test_no_worker(void **state)
{
    struct client client;
    char expected[512];

    (void)state;
    fake_worker_start(NULL, "");
    worker.listener = safe_close(worker.listener);
    fake_worker_detach(&worker);
    client_open(&client, CHECK);
    snprintf(expected, sizeof(expected),
        "{\"error\":\"" AGENT
        "Refused\",\"parameters\":{\"reason\":\"worker_failed\",\"message\":\"The worker "
        "unix:%s can't be started or reached: Connection refused.\",\"remedy\":\"See the log; if it happens "
        "again, "
        "report it.\"}}",
        f.worker);
    check_next(&client, expected);
    assert_null(f.manager->api.check.errand);
    client_close(&client);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fake_worker_set_up, fake_worker_tear_down)

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
