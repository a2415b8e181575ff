/* The calls of the regional server as they go out, and the reply that each makes of the answer. */
#include "worker/sse/sse.h"

#include "common/log.h"
#include "unit/helpers/worker-call.h"

#include <errno.h>

static struct tls_server server;
static struct http *http;
static struct worker_call call;

static const char *answer(struct tls_server *on, const char *request)
{
    (void)request;
    return on->userdata;
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    server = (struct tls_server){ .answer = answer };
    tls_server_start(&server);
    http = http_new(-1);
    worker_call_open(&call, http, server.anchors);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_free(http);
    worker_call_close(&call);
    tls_server_stop(&server);
    return 0;
}

/* Sets the next answers of the server. */
static void say(const char *status, const char *body)
{
    server.userdata = (void *)(uintptr_t)tls_server_response(status, "application/json", body);
}

/* Checks the last request: its first line and its body. */
static void expect_sent(const char *line, const char *body)
{
    const char *request = server.requests[server.n_requests - 1];

    if (strncmp(request, line, strlen(line)) != 0 || !streq(strstr(request, "\r\n\r\n") + 4, body))
        fail_msg("%s", request);
    if (*body)
        assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(request, "\r\nAccept: application/json\r\n"));
}

static void expect_reply(int r, json_object *reply, const char *text)
{
    assert_int_equal(r, 0);
    assert_string_equal(json_text(reply, NULL), text);
    json_object_put(reply);
}

static json_object *parse(const char *text)
{
    json_object *object = NULL;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}

#define GUID "51ee40ba-13e1-4fa2-a898-13e47f949880"

static void test_create(void **state)
{
    _cleanup_json_ json_object *client = parse("{\"guid\":\"" GUID "\",\"ip\":null,\"name\":\"n\"}");
    json_object *reply = NULL;

    (void)state;
    say("201 Created", "{}");
    int r = sse_create_context(
        &call.context, tls_server_url(&server, "/contexts"), client, "x.example", 1200, &reply);
    expect_reply(r, reply, "{\"created\":true}");
    expect_sent("POST /contexts HTTP/1.1\r\n",
        "{\"clientInfo\":{\"guid\":\"" GUID
        "\",\"name\":\"n\"},\"settings\":{\"exchange\":{\"fqdn\":\"x.example\","
        "\"registration\":{\"refreshInterval\":1200}}}}");
}

static void test_activate(void **state)
{
    json_object *reply = NULL;

    (void)state;
    say("201 Created", "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"s\"}}");
    int r = sse_activate(&call.context, tls_server_url(&server, "/activate"), "hush-hush", &reply);
    expect_reply(r, reply, "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"s\"}}");
    expect_sent("POST /activate HTTP/1.1\r\n", "{\"token\":\"hush-hush\"}");
}

/* The calls that show the appliance's certificate. */
static void test_with_certificate(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = DEVICE_RECIPE(key, server.ca, server.ca_key);
    _cleanup_x509_ X509 *own = make_certificate(&recipe);
    _cleanup_free_ char *certificate = to_pem(own, NULL), *private_key = to_pem(NULL, key);
    const struct http_client_certificate client = { .certificate = certificate, .private_key = private_key };
    _cleanup_json_ json_object *info = parse("{\"guid\":\"" GUID "\",\"ip\":\"192.0.2.1\"}");
    const char *url = tls_server_url(&server, "/context");
    json_object *reply = NULL;

    (void)state;
    say("200 OK", "{\"status\":\"Enrolled\",\"refreshInterval\":60}");
    int r = sse_get_status(&call.context, url, &client, &reply);
    expect_reply(r, reply, "{\"status\":\"Enrolled\",\"refreshInterval\":60}");
    expect_sent("GET /context HTTP/1.1\r\n", "");
    assert_string_equal(server.client, "device");

    r = sse_refresh(&call.context, url, &client, info, &reply);
    expect_reply(r, reply, "{\"status\":\"Enrolled\",\"refreshInterval\":60}");
    expect_sent(
        "POST /context HTTP/1.1\r\n", "{\"clientInfo\":{\"guid\":\"" GUID "\",\"ip\":\"192.0.2.1\"}}");

    server.userdata = (void *)(uintptr_t) "HTTP/1.1 204 Gone\r\n\r\n";
    r = sse_delete_context(&call.context, url, &client, &reply);
    expect_reply(r, reply, "{\"existed\":true}");
    expect_sent("DELETE /context HTTP/1.1\r\n", "");
    assert_int_equal(server.n_connections, 1);
}

static void test_probe(void **state)
{
    (void)state;
    say("401 No", "{\"error\":{\"code\":\"unauthorized\",\"message\":\"No.\"}}");
    assert_int_equal(sse_probe(&call.context, tls_server_url(&server, "/")), 0);
    expect_sent("GET / HTTP/1.1\r\n", "");
    assert_string_equal(server.client, "");
    say("200 OK", "<html>");
    assert_int_equal(sse_probe(&call.context, tls_server_url(&server, "/")), -EREMOTEIO);
    assert_int_equal(call.context.failure.reason, REASON_UNEXPECTED_REPLY);
}

/* A URL that we do not use gets no request. */
static void test_bad_url(void **state)
{
    json_object *reply = NULL;

    (void)state;
    assert_int_equal(sse_activate(&call.context, "http://a.example/", "hush-hush", &reply), -EINVAL);
    assert_string_equal(call.context.invalid, "url");
    assert_null(reply);
}

/* The server repeats the token; the message does not. */
static void test_echo(void **state)
{
    json_object *reply = NULL;

    (void)state;
    say("403 No", "{\"error\":{\"code\":\"token_used\",\"message\":\"hush-hush was used.\"}}");
    assert_int_equal(
        sse_activate(&call.context, tls_server_url(&server, "/"), "hush-hush", &reply), -EREMOTEIO);
    assert_int_equal(call.context.failure.reason, REASON_TOKEN_REJECTED);
    assert_non_null(strstr(call.context.failure.message, "[secret] was used."));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_create),
        TEST(test_activate),
        TEST(test_with_certificate),
        TEST(test_probe),
        TEST(test_bad_url),
        TEST(test_echo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
