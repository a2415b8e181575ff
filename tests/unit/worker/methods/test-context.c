/* The methods about the context, with a regional server and an EST server in the test. */
#include "worker/methods/context.h"

#include "common/log.h"
#include "unit/helpers/est-server.h"
#include "unit/helpers/worker-method.h"

static struct tls_server server;
static struct est_server est;
static struct http *http;
static char said[1024];

static const char *answer(struct tls_server *on, const char *request)
{
    return strstr(request, EST_PATH) ? est_server_answer(on, request) : said;
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    est = (struct est_server){ 0 };
    server = (struct tls_server){ .answer = answer, .userdata = &est };
    tls_server_start(&server);
    http = http_new(-1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_free(http);
    tls_server_stop(&server);
    return 0;
}

/* Sets the answer of the regional server: a status and JSON. */
static void say(const char *status, const char *body)
{
    snprintf(said, sizeof(said), "%.1000s", tls_server_response(status, "application/json", body));
}

/* Calls a method and checks the text of the reply. */
static void expect_reply(service_handler handler, json_object *parameters, const char *text)
{
    _cleanup_json_ json_object *reply = method_call(handler, http, &server, parameters);

    assert_string_equal(json_text(reply, NULL), text);
}

#define CLIENT "'client':{'guid':'51ee40ba-13e1-4fa2-a898-13e47f949880','name':'n'}"

static void test_create(void **state)
{
    (void)state;
    say("201 Created", "{}");
    expect_reply(method_create_context,
        json_of("{'url':'%s'," CLIENT ",'exchange':'x.example','refreshInterval':60}",
            tls_server_url(&server, "/c")),
        "{\"parameters\":{\"created\":true}}");
    assert_int_equal(server.n_requests, 1);
    assert_non_null(
        strstr(server.requests[0], "\"fqdn\":\"x.example\",\"registration\":{\"refreshInterval\":60}"));
}

/* Answers only after both prefetches have come. */
static const char *answer_after_prefetch(struct tls_server *on, const char *request)
{
    if (!strstr(request, EST_PATH))
        while (on->n_requests < 3)
            pthread_cond_wait(&on->came, &on->lock);
    return answer(on, request);
}

/* With est, CA certificates and CSR attributes are fetched meanwhile. */
static void test_activate(void **state)
{
    char url[256];
    bool anchors = false, attributes = false;

    (void)state;
    server.answer = answer_after_prefetch;
    say("201 Created", "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"s\"}}");
    snprintf(url, sizeof(url), "%s", tls_server_url(&server, EST_PATH));
    expect_reply(method_activate,
        json_of("{'url':'%s','token':'t','est':{'url':'%s'}}", tls_server_url(&server, "/a"), url),
        "{\"parameters\":{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"s\"}}}");
    assert_int_equal(server.n_requests, 3);
    for (int i = 0; i < server.n_requests; i++) {
        anchors |= strstr(server.requests[i], "GET " EST_PATH "/cacerts ") != NULL;
        attributes |= strstr(server.requests[i], "GET " EST_PATH "/csrattrs ") != NULL;
    }
    assert_true(anchors && attributes);
}

static json_object *make_parameters(const char *certificate, const char *private_key)
{
    json_object *parameters = json_of("{'url':'%s'," CLIENT "}", tls_server_url(&server, "/c"));
    json_object *credentials = json_object_new_object();

    json_add_string(credentials, "certificate", certificate);
    json_add_string(credentials, "privateKey", private_key);
    json_add(parameters, "credentials", credentials);
    return parameters;
}

/* The methods with credentials show the appliance's certificate, and refuse a key that is not its own. */
static void test_with_credentials(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key(), *other = make_key();
    struct recipe recipe = DEVICE_RECIPE(key, server.ca, server.ca_key);
    _cleanup_x509_ X509 *own = make_certificate(&recipe);
    _cleanup_free_ char *certificate = to_pem(own, NULL), *pem = to_pem(NULL, key),
                        *wrong = to_pem(NULL, other);

    (void)state;
    const struct {
        service_handler handler;
        const char *status, *body, *reply;
    } methods[] = {
        { method_get_context_status, "200 OK", "{\"status\":\"Enrolled\"}",
            "{\"parameters\":{\"status\":\"Enrolled\"}}" },
        { method_refresh, "200 OK", "{\"status\":\"Enrolled\"}",
            "{\"parameters\":{\"status\":\"Enrolled\"}}" },
        { method_delete_context, "202 Accepted", "", "{\"parameters\":{\"existed\":true}}" },
    };
    for (size_t i = 0; i < ELEMENTS(methods); i++) {
        say(methods[i].status, methods[i].body);
        server.client[0] = 0;
        http_disconnect(http);
        expect_reply(methods[i].handler, make_parameters(certificate, pem), methods[i].reply);
        assert_string_equal(server.client, "device");

        int n = server.n_requests;
        _cleanup_json_ json_object *reply =
            method_call(methods[i].handler, http, &server, make_parameters(certificate, wrong));
        assert_string_equal(reply_text(reply, "reason"), "certificate_unusable");
        assert_int_equal(server.n_requests, n);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_create),
        TEST(test_activate),
        TEST(test_with_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
