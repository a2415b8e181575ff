/* Checks of servers in the test. All findings but the last are sent as parts, the last is the reply. */
#include "worker/methods/check.h"

#include "common/log.h"
#include "unit/helpers/est-server.h"
#include "unit/helpers/worker-method.h"

static struct tls_server server;
static struct est_server est;
static struct http *http;
static int caller[2];

static const char *answer(struct tls_server *on, const char *request)
{
    return strstr(request, EST_PATH) ? est_server_answer(on, request)
                                     : tls_server_response("401 No", "application/json",
                                           "{\"error\":{\"code\":\"unauthorized\",\"message\":\"No.\"}}");
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    est = (struct est_server){ 0 };
    server = (struct tls_server){ .answer = answer, .userdata = &est };
    tls_server_start(&server);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, caller), 0);
    http = http_new(caller[0]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_free(http);
    close(caller[0]);
    close(caller[1]);
    tls_server_stop(&server);
    return 0;
}

/* Adds "service:step:reason" of a finding to the text. */
static void add_finding(char *text, size_t size, json_object *message)
{
    json_object *finding = json_get_object(json_get_object(message, "parameters"), "result");
    const char *reason = json_get_string(finding, "reason");
    size_t used = strlen(text);

    assert_non_null(json_get_string(finding, "message"));
    assert_int_equal(json_get_bool(finding, "ok", false), !reason);
    snprintf(text + used, size - used, "%s%s:%s:%s", used ? " " : "", json_get_string(finding, "service"),
        json_get_string(finding, "step"), reason ? reason : "ok");
    if (streq(json_get_string(finding, "step"), "tls")) {
        json_object *certificate = json_get_object(finding, "certificate");
        assert_string_equal(json_get_string(certificate, "subject"), "CN=server");
        assert_non_null(json_get_string(finding, "tlsVersion"));
    }
}

/* Runs the check. Returns all findings in their order; the text lasts until the next one. */
static const char *run_check(json_object *parameters)
{
    static char text[1024];
    struct varlink_stream stream;
    struct varlink_reply part;
    char *message;
    size_t size;

    text[0] = 0;
    _cleanup_json_ json_object *reply = method_call(method_check, http, &server, parameters);
    varlink_stream_init(&stream, caller[1], caller[1], 1 << 20, 1 << 20);
    assert_int_equal(shutdown(caller[0], SHUT_WR), 0);
    while (varlink_stream_read(&stream) > 0)
        while (varlink_stream_next(&stream, &message, &size) > 0) {
            assert_int_equal(varlink_reply_parse(message, size, &part), 0);
            assert_true(part.continues);
            add_finding(text, sizeof(text), part.message);
            varlink_reply_done(&part);
        }
    varlink_stream_done(&stream);
    add_finding(text, sizeof(text), reply);
    return text;
}

#define STEPS(service) service ":resolve:ok " service ":connect:ok " service ":tls:ok "

/* The answers have no Date, so that the step clock fails. */
static void test_both(void **state)
{
    char url[256];

    (void)state;
    snprintf(url, sizeof(url), "%s", tls_server_url(&server, EST_PATH));
    assert_string_equal(
        run_check(json_of("{'sse':['%s'],'est':{'url':'%s'}}", tls_server_url(&server, "/x"), url)),
        STEPS("sse") "sse:clock:unexpected_reply sse:service:ok " STEPS(
            "est") "est:clock:unexpected_reply est:service:ok");
}

/* Each host gets its own connection, even if it is the same one. */
static void test_hosts(void **state)
{
    char url[256];

    (void)state;
    snprintf(url, sizeof(url), "%s", tls_server_url(&server, "/x"));
    assert_string_equal(run_check(json_of("{'sse':['%s','%s']}", url, url)),
        STEPS("sse") "sse:clock:unexpected_reply sse:service:ok " STEPS(
            "sse") "sse:clock:unexpected_reply sse:service:ok");
    assert_int_equal(server.n_connections, 2);
}

static void test_nothing_to_check(void **state)
{
    _cleanup_json_ json_object *reply = method_call(method_check, http, &server, json_of("{'sse':[]}"));

    (void)state;
    assert_string_equal(reply_text(reply, "parameter"), "sse");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_both),
        TEST(test_hosts),
        TEST(test_nothing_to_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
