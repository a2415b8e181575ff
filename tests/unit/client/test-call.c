/* Calls that wait for their answer, against a server that sends the text of the test. */
#include "unit/helpers/text-server.h"

#include <errno.h>

enum {
    SHORT_MS = 50,
};

/* Starts the server, calls it once and stops it. */
static int call_once(struct text_server *server, char **ret_reply, struct tr_error *error)
{
    text_server_start(server, 8);
    struct tr_client *client = text_server_client(server);
    int r = tr_call(client, "ListServers", NULL, ret_reply, error);
    tr_client_free(client);
    text_server_stop(server);
    return r;
}

static void test_call(void **state)
{
    struct text_server server = { SAYS("{\"parameters\":{\"a\":[1,\"\\u00e4\",true]}}"), .stays = true };
    char *reply = NULL;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = text_server_client(&server);
    assert_int_equal(tr_client_get_fd(client), -1);
    assert_int_equal(tr_call(client, "ListServers", NULL, &reply, NULL), 0);
    assert_string_equal(reply, "{\"a\":[1,\"\xc3\xa4\",true]}");
    assert_string_equal(server.received, "{\"method\":\"org.threatresponse.agent.ListServers\"}");
    free(reply);
    assert_int_equal(tr_call(client, "a.b.C", "{ \"token\" : \"x\" }", &reply, NULL), 0);
    assert_string_equal(server.received, "{\"method\":\"a.b.C\",\"parameters\":{\"token\":\"x\"}}");
    free(reply);
    assert_true(tr_client_get_fd(client) >= 0);
    tr_client_free(client);
    text_server_stop(&server);
    assert_int_equal(server.connections, 1);
}

static void test_forms(void **state)
{
    struct text_server servers[] = {
        { SAYS("{\"parameters\":{\"number\":17}}"), .by_bytes = true },
        { SAYS("{}") },
    };
    char *reply = NULL;

    (void)state;
    assert_int_equal(call_once(&servers[0], &reply, NULL), 0);
    assert_string_equal(reply, "{\"number\":17}");
    free(reply);
    assert_int_equal(call_once(&servers[1], &reply, NULL), 0);
    assert_string_equal(reply, "{}");
    free(reply);
}

static void test_error_reply(void **state)
{
    struct text_server server = { SAYS(
                                      "{\"error\":\"org.threatresponse.agent.Refused\",\"parameters\":"
                                      "{\"reason\":\"busy\",\"message\":\"Is busy.\",\"remedy\":\"Wait.\"}}"),
        .stays = true };
    char *reply = NULL;
    struct tr_error error;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = text_server_client(&server);
    assert_int_equal(tr_call(client, "Register", "{\"token\":\"x\"}", &reply, &error), -EREMOTEIO);
    assert_null(reply);
    assert_int_equal(error.exit_class, TR_CLASS_BUSY);
    assert_string_equal(error.code, "org.threatresponse.agent.Refused");
    assert_string_equal(error.reason, "busy");
    assert_string_equal(error.message, "Is busy.");
    assert_string_equal(error.hint, "Wait.");
    assert_string_equal(tr_client_error_parameters(client),
        "{\"reason\":\"busy\",\"message\":\"Is busy.\",\"remedy\":\"Wait.\"}");
    /* The connection can still be used. */
    assert_int_equal(tr_call(client, "Register", NULL, &reply, NULL), -EREMOTEIO);
    tr_client_free(client);
    text_server_stop(&server);
    assert_int_equal(server.connections, 1);
}

/* The server refuses the connection before it reads the call, as the daemon does with one too many. */
static void test_refused_first(void **state)
{
    struct text_server server = { SAYS("{\"error\":\"x.y.TooMany\"}"), .speaks_first = true };
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    assert_int_equal(call_once(&server, &reply, &error), -EREMOTEIO);
    assert_string_equal(error.code, "x.y.TooMany");
    assert_int_equal(error.exit_class, TR_CLASS_FAILED);
    assert_non_null(strstr(error.message, "x.y.TooMany"));
}

static void test_bad_replies(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        int r;
        const char *code;
    } cases[] = {
        { "hello", 6, -EBADMSG, "bad_reply" },
        { "", 1, -EBADMSG, "bad_reply" },
        { "[]", 3, -EBADMSG, "bad_reply" },
        { "{\"parameters\":[]}", 18, -EBADMSG, "bad_reply" },
        { "{\"unknown\":1}", 14, -EBADMSG, "bad_reply" },
        { "{\"parameters\":{},\"continues\":true}", 35, -EBADMSG, "bad_reply" },
        { "", 0, -ECONNRESET, "closed" },
        { "{\"parameters\":{}", 16, -ECONNRESET, "closed" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct text_server server = { .text = cases[i].text, .size = cases[i].size };
        struct tr_error error;
        char *reply = NULL;

        assert_int_equal(call_once(&server, &reply, &error), cases[i].r);
        assert_null(reply);
        assert_string_equal(error.code, cases[i].code);
        assert_int_equal(error.exit_class, TR_CLASS_UNREACHABLE);
        assert_true(error.message[0] && error.hint[0]);
    }
}

static void test_reply_too_long(void **state)
{
    static char text[TR_MESSAGE_MAX + 100];
    struct text_server server = { .text = text, .size = sizeof(text) };
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    memset(text, ' ', sizeof(text));
    assert_int_equal(call_once(&server, &reply, &error), -EMSGSIZE);
    assert_string_equal(error.code, "bad_reply");
}

static void test_silent_server(void **state)
{
    struct text_server server = { .text = NULL };
    struct tr_status *status;
    struct tr_error error;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = text_server_client(&server);
    tr_client_set_timeout(client, SHORT_MS);
    assert_int_equal(tr_get_status(client, &status, &error), -ETIMEDOUT);
    assert_string_equal(error.code, "timed_out");
    assert_int_equal(error.exit_class, TR_CLASS_UNREACHABLE);
    assert_int_equal(tr_client_get_fd(client), -1);
    /* The first answer of a stream has the same time limit, even if the caller would wait longer. */
    assert_int_equal(tr_watch_start(client, &error), 0);
    assert_int_equal(tr_watch_next(client, 0, &status, &error), -EAGAIN);
    assert_int_equal(tr_watch_next(client, -1, &status, &error), -ETIMEDOUT);
    tr_client_free(client);
    text_server_stop(&server);
}

static void test_bad_parameters(void **state)
{
    struct text_server server = { SAYS("{}") };
    struct tr_error error;
    char *reply = NULL, name[300];

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = text_server_client(&server);
    assert_int_equal(tr_call(client, "A", "[1]", &reply, &error), -EINVAL);
    assert_string_equal(error.code, "bad_parameters");
    assert_int_equal(error.exit_class, TR_CLASS_USAGE);
    assert_int_equal(tr_call(client, "A", "{\"a\":1,\"a\":2}", &reply, NULL), -EINVAL);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    assert_int_equal(tr_call(client, name, NULL, &reply, NULL), -EINVAL);
    tr_client_free(client);
    text_server_stop(&server);
    assert_int_equal(server.connections, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_error_reply),
        cmocka_unit_test(test_refused_first),
        cmocka_unit_test(test_bad_replies),
        cmocka_unit_test(test_reply_too_long),
        cmocka_unit_test(test_silent_server),
        cmocka_unit_test(test_bad_parameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
