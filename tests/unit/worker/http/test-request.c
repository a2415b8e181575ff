/* Single exchanges with a server in the test: the request as sent, the answer as read, and the limits. */
#include "worker/http/request.h"

#include "unit/helpers/tls-server.h"
#include "worker/http/tls.h"

static struct tls_server server;
static struct network network;
static const char *response;

static const char *answer(struct tls_server *on, const char *request)
{
    (void)on, (void)request;
    return response;
}

static int set_up(void **state)
{
    (void)state;
    server = (struct tls_server){ .answer = answer };
    tls_server_start(&server);
    network = (struct network){ .ca_file = server.anchors, .connect_timeout_ms = 20000, .timeout_ms = 20000 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tls_server_stop(&server);
    return 0;
}

/* Makes a request on a handle of its own; the caller ends the exchange and its response. */
static CURLcode run(struct http_exchange *exchange, const struct http_request *request)
{
    CURL *easy = curl_easy_init();
    struct tls_peer peer = { 0 };

    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, tls_prepare);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &peer);
    *exchange = (struct http_exchange){ .response = { .retry_after = -1 } };
    assert_int_equal(http_exchange_begin(exchange, easy, &network, request), 0);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &exchange->response.status);
    curl_easy_cleanup(easy);
    http_exchange_done(exchange);
    tls_peer_forget(&peer);
    return code;
}

static struct http_request get_request(void)
{
    return (struct http_request){ .method = "GET", .url = tls_server_url(&server, "/x"), .accept = "a/b" };
}

static void assert_sent(const char *line)
{
    if (!strstr(server.requests[server.n_requests - 1], line))
        fail_msg("\"%s\" was not sent:\n%s", line, server.requests[server.n_requests - 1]);
}

static void test_get(void **state)
{
    const struct http_request request = get_request();
    struct http_exchange exchange;
    char line[80];

    (void)state;
    response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nRetry-After: 7\r\n"
               "WWW-Authenticate: Bearer realm=x\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\nbody";
    time_t before = time(NULL);
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_int_equal(exchange.response.status, 200);
    assert_string_equal(exchange.response.body, "body");
    assert_int_equal(exchange.response.size, 4);
    assert_string_equal(exchange.response.content_type, "text/plain");
    assert_string_equal(exchange.response.www_authenticate, "Bearer realm=x");
    assert_int_equal(exchange.response.retry_after, 7);
    assert_true(exchange.response.clock_known);
    assert_in_range(exchange.response.clock_offset, before - 1767225600, time(NULL) - 1767225600);

    assert_sent("GET /x HTTP/1.1\r\n");
    assert_sent("\r\nAccept: a/b\r\n");
    assert_sent("\r\nUser-Agent: threatresponse-agent/");
    assert_int_equal(strlen(exchange.response.request_id), 36);
    snprintf(line, sizeof(line), "\r\nX-Request-Id: %s\r\n", exchange.response.request_id);
    assert_sent(line);
    http_response_done(&exchange.response);
}

/* Each request has an id of its own, a UUID of version 4. */
static void test_request_ids(void **state)
{
    const struct http_request request = get_request();
    struct http_exchange first, second;

    (void)state;
    response = "HTTP/1.1 204 No\r\n\r\n";
    assert_int_equal(run(&first, &request), CURLE_OK);
    assert_int_equal(run(&second, &request), CURLE_OK);
    assert_string_not_equal(first.response.request_id, second.response.request_id);
    assert_int_equal(first.response.request_id[14], '4');
    assert_non_null(strchr("89ab", first.response.request_id[19]));
    assert_null(first.response.body);
}

static void test_post(void **state)
{
    struct http_request request = get_request();
    struct http_exchange exchange;

    (void)state;
    response = "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n";
    request.method = "POST";
    request.content_type = "c/d";
    request.is_base64 = true;
    request.body = "QUJD";
    request.body_size = 4;
    request.auth = HTTP_AUTH_BEARER;
    request.secret = "once";
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_sent("POST /x HTTP/1.1\r\n");
    assert_sent("\r\nContent-Type: c/d\r\n");
    assert_sent("\r\nContent-Transfer-Encoding: base64\r\n");
    assert_sent("\r\nAuthorization: Bearer once\r\n");
    assert_sent("\r\nContent-Length: 4\r\n");
    assert_sent("\r\n\r\nQUJD");
    assert_null(strcasestr(server.requests[0], "Expect:"));

    request = get_request();
    request.method = "DELETE";
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_sent("DELETE /x HTTP/1.1\r\n");
    http_response_done(&exchange.response);
}

static const char *challenge(struct tls_server *on, const char *request)
{
    (void)on;
    return strstr(request, "\r\nAuthorization: Basic ")
               ? tls_server_response("200 OK", "t/t", "in")
               : "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n"
                 "Content-Type: x/y\r\nContent-Length: 3\r\n\r\nout";
}

/* The answer has nothing of the challenge before it. */
static void test_password(void **state)
{
    struct http_request request = get_request();
    struct http_exchange exchange;

    (void)state;
    server.answer = challenge;
    request.auth = HTTP_AUTH_PASSWORD;
    request.username = "joe";
    request.secret = "pass";
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_int_equal(server.n_requests, 2);
    assert_sent("\r\nAuthorization: Basic am9lOnBhc3M=\r\n");
    assert_int_equal(exchange.response.status, 200);
    assert_string_equal(exchange.response.body, "in");
    assert_string_equal(exchange.response.content_type, "t/t");
    assert_string_equal(exchange.response.www_authenticate, "");
    http_response_done(&exchange.response);
}

static void test_too_large(void **state)
{
    const struct http_request request = get_request();
    struct http_exchange exchange;
    char *text = malloc(HTTP_BODY_MAX + 1000);

    (void)state;
    int head = sprintf(text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", HTTP_BODY_MAX);
    memset(text + head, 'x', HTTP_BODY_MAX + 1);
    text[head + HTTP_BODY_MAX] = 0;
    response = text;
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_false(exchange.too_large);
    assert_int_equal(exchange.response.size, HTTP_BODY_MAX);
    http_response_done(&exchange.response);

    sprintf(text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r", HTTP_BODY_MAX + 1);
    text[head - 1] = '\n';
    text[head + HTTP_BODY_MAX] = 'x';
    text[head + HTTP_BODY_MAX + 1] = 0;
    assert_int_equal(run(&exchange, &request), CURLE_WRITE_ERROR);
    assert_true(exchange.too_large);
    http_response_done(&exchange.response);

    /* Headers have a limit of their own. */
    head = sprintf(text, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 70; i++)
        head += sprintf(text + head, "X-%d: %01000d\r\n", i, 0);
    strcpy(text + head, "Content-Length: 0\r\n\r\n");
    assert_int_equal(run(&exchange, &request), CURLE_WRITE_ERROR);
    assert_true(exchange.too_large);
    http_response_done(&exchange.response);
    free(text);
}

/* A 202 without a length may never end, so its header is the whole answer. */
static void test_202(void **state)
{
    const struct http_request request = get_request();
    struct http_exchange exchange;

    (void)state;
    response = "HTTP/1.1 202 Later\r\nRetry-After: 60\r\n\r\n";
    assert_int_equal(run(&exchange, &request), CURLE_WRITE_ERROR);
    assert_true(exchange.complete);
    assert_int_equal(exchange.response.status, 202);
    assert_int_equal(exchange.response.retry_after, 60);

    response = "HTTP/1.1 202 Later\r\nContent-Length: 2\r\n\r\nok";
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_false(exchange.complete);
    assert_string_equal(exchange.response.body, "ok");
    http_response_done(&exchange.response);
}

/* Only a date that is the server's own, and that the interface can tell, says how the clocks differ. */
static void test_clock(void **state)
{
    static const struct {
        const char *fields;
        bool known;
    } cases[] = {
        { "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", true },
        { "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", true },
        { "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nAge: 3600\r\n", false },
        { "Age: 0\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n", false },
        { "Date: Sun, 06 Nov 99999 08:49:37 GMT\r\n", false },
        { "Date: Sun, 06 Nov 12026 08:49:37 GMT\r\n", false },
        { "Date: Mon, 06 Nov 1950 08:49:37 GMT\r\n", false },
        { "Date: yesterday\r\n", false },
        { "", false },
    };
    const struct http_request request = get_request();
    struct http_exchange exchange;
    char text[256];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\n\r\nok", cases[i].fields);
        response = text;
        assert_int_equal(run(&exchange, &request), CURLE_OK);
        if (exchange.response.clock_known != cases[i].known)
            fail_msg("%s", cases[i].fields);
        http_response_done(&exchange.response);
    }
}

struct bound {
    char unique[2 * EVP_MAX_MD_SIZE], body[16];
    int calls, result;
};

static int bind_body(void *userdata, const unsigned char *unique, size_t size)
{
    struct bound *bound = userdata;

    EVP_EncodeBlock((unsigned char *)bound->unique, unique, (int)size);
    memcpy(bound->body, "bound", 5);
    bound->calls++;
    return bound->result;
}

/* The body is rewritten for the connection that carries it, and both ends know its tls-unique. */
static void test_binding(void **state)
{
    struct bound bound = { .body = "never" };
    const struct http_binding binding = { bind_body, &bound };
    struct http_request request = get_request();
    struct http_exchange exchange;

    (void)state;
    response = "HTTP/1.1 204 No\r\n\r\n";
    request.method = "POST";
    request.content_type = "c/d";
    request.body = bound.body;
    request.body_size = 5;
    request.binding = &binding;
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_int_equal(bound.calls, 1);
    assert_string_equal(bound.unique, server.unique);
    assert_sent("\r\n\r\nbound");
    assert_false(exchange.unbound);

    bound.result = -1;
    assert_int_equal(run(&exchange, &request), CURLE_ABORTED_BY_CALLBACK);
    assert_true(exchange.unbound);
    assert_int_equal(server.n_requests, 1);
}

/* Only the first certificate of the text is sent, and the chain if there is one. */
static void test_client_certificate(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = DEVICE_RECIPE(key, server.ca, server.ca_key);
    _cleanup_x509_ X509 *certificate = make_certificate(&recipe);
    _cleanup_free_ char *own = to_pem(certificate, NULL), *ca = to_pem(server.ca, NULL),
                        *pem = to_pem(NULL, key);
    char both[8192];
    struct http_client_certificate client = { .certificate = both, .private_key = pem };
    struct http_request request = get_request();
    struct http_exchange exchange;

    (void)state;
    response = "HTTP/1.1 204 No\r\n\r\n";
    snprintf(both, sizeof(both), "%s%s", own, ca);
    request.client = &client;
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_string_equal(server.client, "device");
    assert_int_equal(server.n_client_chain, 1);

    client.chain = ca;
    assert_int_equal(run(&exchange, &request), CURLE_OK);
    assert_int_equal(server.n_client_chain, 2);
}

/* A request's own anchors replace those of the network. */
static void test_anchors(void **state)
{
    _cleanup_pkey_ EVP_PKEY *key = make_key();
    struct recipe recipe = CA_RECIPE("other CA", key);
    _cleanup_x509_ X509 *other = make_certificate(&recipe);
    _cleanup_free_ char *wrong = to_pem(other, NULL), *right = to_pem(server.ca, NULL);
    struct http_request request = get_request();
    struct http_exchange exchange;

    (void)state;
    response = "HTTP/1.1 204 No\r\n\r\n";
    request.tls_anchors = wrong;
    assert_int_equal(run(&exchange, &request), CURLE_PEER_FAILED_VERIFICATION);
    assert_int_equal(server.n_requests, 0);
    network.ca_file = "/etc/ssl/certs/ca-certificates.crt";
    request.tls_anchors = right;
    assert_int_equal(run(&exchange, &request), CURLE_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_get),
        TEST(test_request_ids),
        TEST(test_post),
        TEST(test_password),
        TEST(test_too_large),
        TEST(test_202),
        TEST(test_clock),
        TEST(test_binding),
        TEST(test_client_certificate),
        TEST(test_anchors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
