/* The local API over its socket: every reply and error is of the type that the IDL says, and the limits hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/idl.h"
#include "unit/helpers/daemon/client.h"
#include "unit/helpers/daemon/states.h"
#include "unit/helpers/idl-text.h"

static struct fixture f;
static json_object *idl;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f);
    fixture_start(&f, "api = { max_message = 4096; max_connections = 4; max_connections_per_uid = 3; "
                      "message_timeout = 0.1; };\n");
    idl = idl_parse(idl_agent);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_object_put(idl);
    fixture_close(&f);
    return 0;
}

/* Asks on a new connection, and checks the answer against the IDL. */
static json_object *ask(const char *method, const char *parameters)
{
    json_object *reply = client_ask(&f, method, parameters);
    json_object *content = json_get_object(reply, "parameters"), *empty = json_object_new_object();
    const char *error = json_get_string(reply, "error");
    json_object *type = json_get_object(json_get_object(json_get_object(idl, "methods"), method), "out");
    if (error && strncmp(error, AGENT, strlen(AGENT)) == 0)
        type = json_get_object(json_get_object(idl, "errors"), error + strlen(AGENT));
    print_message("%s: %s\n", method, error ? error : "done");
    if (!error || strncmp(error, AGENT, strlen(AGENT)) == 0) {
        assert_non_null(type);
        idl_check_struct(idl, type, content ? content : empty);
    }
    json_object_put(empty);
    return reply;
}

static void check(const char *method, const char *parameters, const char *expected)
{
    _cleanup_json_ json_object *reply = ask(method, parameters);

    assert_string_equal(json_text(reply, NULL), expected);
}

/* The error's name, or "done". */
static void check_outcome(const char *method, const char *parameters, const char *expected)
{
    _cleanup_json_ json_object *reply = ask(method, parameters);
    const char *error = json_get_string(reply, "error");

    assert_string_equal(error ? error : "done", expected);
}

static void check_reason(const char *method, const char *parameters, const char *reason, const char *message)
{
    _cleanup_json_ json_object *reply = ask(method, parameters);

    assert_string_equal(json_get_string(reply, "error"), AGENT "Refused");
    assert_string_equal(json_get_string(json_get_object(reply, "parameters"), "reason"), reason);
    assert_string_equal(json_get_string(json_get_object(reply, "parameters"), "message"), message);
}

static void test_settings(void **state)
{
    (void)state;
    check("ListServers", "{}",
        "{\"parameters\":{\"servers\":[{\"number\":1,\"label\":\"APJC\",\"fqdn\":\"api.apj.sse.itd.cisco."
        "com\","
        "\"supported\":false},{\"number\":2,\"label\":\"EUROPE\",\"fqdn\":\"api.eu.sse.itd.cisco.com\","
        "\"supported\":"
        "true},{\"number\":3,\"label\":\"AMERICAS\",\"fqdn\":\"api-sse.cisco.com\",\"supported\":true}]}}");
    check("GetSettings", "{}",
        "{\"parameters\":{\"settings\":[{\"name\":\"enabled\",\"value\":\"false\",\"source\":\"default\"},{"
        "\"name\":"
        "\"server\",\"value\":\"AMERICAS\",\"source\":\"default\"}],\"revision\":0}}");
    check("Commit", "{}", "{\"error\":\"" AGENT "NothingStaged\",\"parameters\":{}}");
    check("Stage", "{\"server\":\"MOON\"}",
        "{\"error\":\"" AGENT "UnknownServer\",\"parameters\":{\"server\":\"MOON\"}}");
    check("Stage", "{\"server\":\"1\"}",
        "{\"error\":\"" AGENT "UnsupportedServer\",\"parameters\":{\"server\":\"1\"}}");
    check("Stage", "{\"server\":\"\"}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"server\"}}");
    check("Stage", "{\"enabled\":1}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"enabled\"}}");
    check_outcome("Stage", "{\"enabled\":true,\"server\":\"europe\"}", "done");
    check_outcome("GetStatus", "{}", "done");
    check_outcome("GetSettings", "{}", "done");
    check_outcome("Commit", "{\"comment\":\"caf\xc3\xa9\"}", "done");
    check_outcome("ListCommits", "{}", "done");
    check("GetSettings", "{}",
        "{\"parameters\":{\"settings\":[{\"name\":\"enabled\",\"value\":\"true\",\"source\":\"commit\"},{"
        "\"name\":"
        "\"server\",\"value\":\"EUROPE\",\"source\":\"commit\"}],\"revision\":1}}");
    check("ClearStaged", "{}", "{\"parameters\":{\"dropped\":false}}");
    check_outcome("Stage", "{\"enabled\":false}", "done");
    check("ClearStaged", "{}", "{\"parameters\":{\"dropped\":true}}");
    check_outcome("Stage", "{}", "done");
}

static void test_comment_limit(void **state)
{
    char parameters[1200] = "{\"comment\":\"";

    (void)state;
    memset(parameters + 12, 'x', 1025);
    memcpy(parameters + 12 + 1025, "\"}", 3);
    check_outcome("Stage", "{\"enabled\":true}", "done");
    check("Commit", parameters,
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"comment\"}}");
    memcpy(parameters + 12 + 1024, "\"}", 3);
    check_outcome("Commit", parameters, "done");
}

static void test_registration(void **state)
{
    (void)state;
    check_reason("Register", "{\"token\":\"" TOKEN "\"}", "feature_disabled",
        "The Cisco Threat Response feature is currently disabled on your appliance.");
    check_outcome("Stage", "{\"enabled\":true}", "done");
    check_outcome("Commit", "{}", "done");
    check_reason("Register", "{\"token\":\"0123456789abcde\"}", "token_malformed",
        "The token is not well-formed (15 characters): a token has 16 to 512 characters of - . _ 0-9 A-Z "
        "a-z.");
    check_reason("Register", "{\"token\":\"0123456789abcdef \"}", "token_malformed",
        "The token is not well-formed (17 characters): a token has 16 to 512 characters of - . _ 0-9 A-Z "
        "a-z.");
    check("Register", "{}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"token\"}}");
    check_reason("Deregister", "{}", "not_registered", "The appliance is not registered.");
    check("Cancel", "{}",
        "{\"error\":\"" AGENT "NothingToCancel\",\"parameters\":{\"state\":\"unregistered\"}}");
    check("Register", "{\"token\":\"" TOKEN "\"}", "{\"parameters\":{}}");
    check_reason("Register", "{\"token\":\"" TOKEN "\"}", "busy",
        "The appliance is being registered with AMERICAS already.");
    check_reason("Deregister", "{}", "busy", "The appliance is being registered.");
    /* The worker can't be reached: that is shown, and the answers keep coming. */
    while (!f.manager->registration.last_failure)
        fixture_turn(&f);
    check_outcome("GetStatus", "{}", "done");
    check("Cancel", "{}", "{\"parameters\":{\"operation\":\"register\"}}");
    check_outcome("GetStatus", "{}", "done");
}

static void test_registered(void **state)
{
    (void)state;
    fixture_stop(&f);
    fixture_write_state(
        &f, DOCUMENT(ENABLED_EUROPE, "registered",
                "," IDENTITY
                ",\"tenant\":{\"id\":\"1\",\"name\":\"T\"},\"nextRenewal\":4000000000,\"lastSuccess\":"
                "4000000000,\"lastFailure\":{\"reason\":\"dns_failed\",\"message\":\"m\",\"remedy\":\"r\","
                "\"permanent\":"
                "false,\"time\":4,\"operation\":\"refresh\",\"step\":\"refresh\",\"requestId\":\"q\","
                "\"clockOffset\":-7}"));
    fixture_start(&f, "");
    check_outcome("GetStatus", "{}", "done");
    check_outcome("GetCertificate", "{}", "done");
    check_reason("Register", "{\"token\":\"" TOKEN "\"}", "already_registered",
        "The appliance is registered with EUROPE already.");
    check_reason("Stage", "{\"server\":\"AMERICAS\"}", "server_locked",
        "The server can't be changed to AMERICAS: the appliance is registered with EUROPE.");
    check_outcome("Deregister", "{\"localOnly\":true}", "done");
}

/* The state now, and again when it changes; a second call on such a connection is not taken. */
static void test_watch(void **state)
{
    static const char call[] = "{\"method\":\"" AGENT "GetStatus\",\"more\":true}";
    struct client client;

    (void)state;
    client_connect(&client, &f);
    client_send(&client, call, sizeof(call));
    for (int i = 0; i < 3; i++) {
        _cleanup_json_ json_object *message = client_receive(&client);
        json_object *status = json_get_object(json_get_object(message, "parameters"), "status");

        assert_true(json_get_bool(message, "continues", false));
        idl_check_value(idl, idl_type_of(idl, "Status"), status);
        assert_int_equal(json_object_array_length(json_get_array(status, "staged")), i % 2);
        check_outcome(i % 2 ? "ClearStaged" : "Stage", i % 2 ? "{}" : "{\"enabled\":true}", "done");
    }
    client_close(&client);
}

/* Answers come in the order of the calls; oneway calls have none. */
static void test_pipelining(void **state)
{
    static const char calls[] =
        "{\"method\":\"" AGENT "ClearStaged\"}\0"
        "{\"method\":\"" AGENT "Stage\",\"parameters\":{\"enabled\":true},\"oneway\":true}\0"
        "{\"method\":\"" AGENT "GetStatus\",\"oneway\":true}\0"
        "{\"method\":\"" AGENT "Nothing\"}\0{\"method\":\"" AGENT "ClearStaged\"}";
    struct client client;

    (void)state;
    client_connect(&client, &f);
    client_send(&client, calls, sizeof(calls));
    client_check_next(&client, "{\"parameters\":{\"dropped\":false}}");
    client_check_next(&client,
        "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"" AGENT
        "Nothing\"}}");
    client_check_next(&client, "{\"parameters\":{\"dropped\":true}}");
    client_close(&client);
}

static void test_malformed(void **state)
{
    static const char *const messages[] = { "", "x", "[]", "{\"method\":1}",
        "{\"method\":\"a.B\",\"extra\":1}", "{\"method\":\"a.B\",\"oneway\":true,\"more\":true}",
        "{\"method\":\"a.B\",\"method\":\"a.B\"}" };
    char large[5000];
    struct client client;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(messages); i++) {
        client_connect(&client, &f);
        client_send(&client, messages[i], strlen(messages[i]) + 1);
        client_check_next(&client, "hung up");
        client_close(&client);
    }
    memset(large, 'x', sizeof(large));
    client_connect(&client, &f);
    client_send(&client, large, sizeof(large));
    client_check_next(&client, "hung up");
    client_close(&client);
    /* Half a message, and no more: its time runs out. */
    client_connect(&client, &f);
    client_send(&client, "{\"method\"", 9);
    client_check_next(&client, "hung up");
    client_close(&client);
    check_outcome("GetStatus", "{}", "done");
}

/* The test's user counts as root for the daemon: its limit ends the least recently used connection. */
static void test_connection_limit(void **state)
{
    struct client clients[4];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        client_connect(&clients[i], &f);
        fixture_settle(&f);
    }
    client_check_next(&clients[0], "hung up");
    assert_int_equal(f.manager->api.server.places.n, 3);
    check_outcome("GetStatus", "{}", "done");
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        client_close(&clients[i]);
    assert_int_equal(f.manager->api.server.places.n, 0);
}

/* Somebody else is told why he is turned away. */
static void test_connection_limit_of_a_user(void **state)
{
    struct server *server = &f.manager->api.server;
    const struct ucred peer = { .uid = 1000001, .gid = 1000001, .pid = getpid() };
    struct client client = { .fixture = &f };
    int pairs[4][2];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(pairs); i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pairs[i]), 0);
        bool taken = server->acceptor.accepted(server, pairs[i][0], &peer);
        assert_int_equal(taken, i < 3);
    }
    client.fd = pairs[3][1];
    close(pairs[3][0]);
    varlink_stream_init(&client.stream, client.fd, client.fd, 65536, 65536);
    client_check_next(&client,
        "{\"error\":\"" AGENT
        "Refused\",\"parameters\":{\"reason\":\"busy\",\"message\":\"There are too many "
        "connections of this user.\",\"remedy\":\"End programs that keep connections to the daemon open, or "
        "raise api.max_connections_per_uid in the configuration.\"}}");
    client_check_next(&client, "hung up");
    client_close(&client);
    for (size_t i = 0; i < 3; i++)
        close(pairs[i][1]);
    fixture_settle(&f);
    assert_int_equal(server->places.n, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_settings),
        TEST(test_comment_limit),
        TEST(test_registration),
        TEST(test_registered),
        TEST(test_watch),
        TEST(test_pipelining),
        TEST(test_malformed),
        TEST(test_connection_limit),
        TEST(test_connection_limit_of_a_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
