/* Whole requests with a server in the test: answers, failures and prefetches. */
#include "worker/http/http.h"

#include "common/log.h"
#include "unit/helpers/dead-port.h"
#include "unit/helpers/in-child.h"
#include "unit/helpers/worker-call.h"

#include <errno.h>

static struct tls_server server;
static struct http *http;
static struct worker_call call;
static int caller[2];
static const char *fixed; /* the response; NULL: the path of the request */

static const char *answer(struct tls_server *on, const char *request)
{
    char path[64] = "";

    (void)on;
    if (fixed)
        return fixed;
    sscanf(request, "%*s %60s", path);
    return tls_server_response("200 OK", "t/t", path);
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    fixed = NULL;
    server = (struct tls_server){ .answer = answer };
    tls_server_start(&server);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, caller), 0);
    http = http_new(caller[0]);
    worker_call_open(&call, http, server.anchors);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http = http_free(http);
    assert_null(http);
    worker_call_close(&call);
    close(caller[0]);
    safe_close(caller[1]);
    tls_server_stop(&server);
    return 0;
}

static struct http_request get_request(const char *path)
{
    return (struct http_request){ .method = "GET", .url = tls_server_url(&server, path), .accept = "a/b" };
}

static void expect_answer(const char *path)
{
    _cleanup_http_response_ struct http_response response = { 0 };
    const struct http_request request = get_request(path);

    assert_int_equal(http_perform(&call.context, &request, &response), 0);
    assert_int_equal(response.status, 200);
    assert_string_equal(response.body, path);
    assert_string_equal(response.url.path, path);
}

static void expect_failure(const struct http_request *request, enum reason reason, const char *message)
{
    _cleanup_http_response_ struct http_response response = { 0 };

    failure_reset(&call.context.failure);
    assert_int_equal(http_perform(&call.context, request, &response), -EREMOTEIO);
    assert_int_equal(call.context.failure.reason, reason);
    if (!strstr(call.context.failure.message, message))
        fail_msg("%s", call.context.failure.message);
    assert_int_equal(strlen(call.context.failure.request_id), 36);
    assert_null(response.body);
}

static void test_answers(void **state)
{
    (void)state;
    assert_int_equal(http_caller(http), caller[0]);
    expect_answer("/one");
    expect_answer("/two");
    assert_int_equal(server.n_connections, 1);
    assert_int_equal(http_peer(http)->error, X509_V_OK);
    http_disconnect(http);
    expect_answer("/three");
    assert_int_equal(server.n_connections, 2);
    assert_non_null(http_peer(http)->leaf);
}

static void test_redirect_is_told(void **state)
{
    _cleanup_http_response_ struct http_response response = { 0 };
    const struct http_request request = get_request("/a/b");

    (void)state;
    fixed = "HTTP/1.1 302 There\r\nLocation: ../c\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(http_perform(&call.context, &request, &response), 0);
    assert_int_equal(response.status, 302);
    assert_string_equal(response.redirect, tls_server_url(&server, "/c"));
    assert_int_equal(server.n_requests, 1);
}

/* The ids of requests are random UUIDs of version 4 (RFC 9562): each bit but those of version and variant takes both values,
 * and no byte repeats another one. */
static void test_request_ids(void **state)
{
    enum { REQUESTS = 100 };
    static unsigned char ids[REQUESTS][16];
    char url[64];

    (void)state;
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", dead_port());
    for (int i = 0; i < REQUESTS; i++) {
        _cleanup_http_response_ struct http_response response = { 0 };
        const struct http_request request = { .method = "GET", .url = url, .accept = "a/b" };
        unsigned char *b = ids[i];
        int end = 0;

        failure_reset(&call.context.failure);
        assert_int_equal(http_perform(&call.context, &request, &response), -EREMOTEIO);
        assert_int_equal(
            sscanf(call.context.failure.request_id,
                "%2hhx%2hhx%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx%2hhx%2hhx%2hhx%2hhx%n", b,
                b + 1, b + 2, b + 3, b + 4, b + 5, b + 6, b + 7, b + 8, b + 9, b + 10, b + 11, b + 12, b + 13,
                b + 14, b + 15, &end),
            16);
        assert_int_equal(end, 36);
        assert_int_equal(b[6] & 0xf0, 0x40);
        assert_int_equal(b[8] & 0xc0, 0x80);
    }
    for (int bit = 0; bit < 128; bit++) {
        int given = bit / 8 == 6 ? 0xf0 : bit / 8 == 8 ? 0xc0 : 0, set = 0;

        for (int i = 0; i < REQUESTS; i++)
            set += (ids[i][bit / 8] >> bit % 8) & 1;
        if (!(given & 1 << bit % 8))
            assert_in_range(set, 1, REQUESTS - 1);
    }
    for (int first = 0; first < 16; first++)
        for (int second = first + 1; second < 16; second++) {
            int same = 0;

            for (int i = 0; i < REQUESTS; i++)
                same += ids[i][first] == ids[i][second];
            assert_in_range(same, 0, REQUESTS / 2);
        }
}

static void test_failures(void **state)
{
    struct http_request request = get_request("/");
    char url[64];

    (void)state;
    request.url = "http://a.example/";
    assert_int_equal(http_perform(&call.context, &request, &(struct http_response){ 0 }), -EINVAL);

    request = get_request("/");
    request.tls_anchors = "";
    expect_failure(&request, REASON_TLS_UNTRUSTED, "");

    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", dead_port());
    request = get_request("/");
    request.url = url;
    expect_failure(&request, REASON_CONNECT_REFUSED, "refused the connection");
}

/* A server that only the CA of network.ca_file vouches for is behind a proxy that intercepts TLS: a request may be refused
 * before it is sent, or its answer says so, or that doesn't count. With anchors of its own, or without a bundle, none is. */
static void test_interception(void **state)
{
    static const struct {
        enum http_interception interception;
        bool bundle, own_anchors, refused, told;
    } cases[] = {
        { HTTP_INTERCEPTION_IGNORED, true, false, false, false },
        { HTTP_INTERCEPTION_NOTED, true, false, false, true },
        { HTTP_INTERCEPTION_REFUSED, true, false, true, false },
        { HTTP_INTERCEPTION_NOTED, false, false, false, false },
        { HTTP_INTERCEPTION_REFUSED, false, false, false, false },
        { HTTP_INTERCEPTION_NOTED, true, true, false, false },
        { HTTP_INTERCEPTION_REFUSED, true, true, false, false },
    };
    _cleanup_free_ char *pem = to_pem(server.ca, NULL);

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_http_response_ struct http_response response = { 0 };
        struct http_request request = get_request("/");
        int n = server.n_requests;

        print_message("%zu\n", i);
        call.context.network.ca_bundle = cases[i].bundle ? "/etc/ssl/certs/ca-certificates.crt" : NULL;
        request.interception = cases[i].interception;
        request.tls_anchors = cases[i].own_anchors ? pem : NULL;
        http_disconnect(http);
        if (cases[i].refused)
            expect_failure(&request, REASON_TLS_INTERCEPTED, "is intercepted");
        else {
            assert_int_equal(http_perform(&call.context, &request, &response), 0);
            assert_int_equal(response.intercepted, cases[i].told);
        }
        assert_int_equal(server.n_requests, n + !cases[i].refused);
    }
}

static const char *hang_up(struct tls_server *on, const char *request)
{
    (void)on, (void)request;
    return NULL;
}

/* Half an answer has no status. */
static void test_broken_off(void **state)
{
    const struct http_request request = get_request("/");

    (void)state;
    server.answer = hang_up;
    expect_failure(&request, REASON_SERVER_ERROR, "broke off");
    assert_int_equal(call.context.failure.http_status, 0);
}

static int refuse_binding(void *userdata, const unsigned char *unique, size_t size)
{
    (void)userdata, (void)unique, (void)size;
    return -EIO;
}

static void test_unbound(void **state)
{
    const struct http_binding binding = { refuse_binding, NULL };
    struct http_request request = get_request("/");

    (void)state;
    request.binding = &binding;
    expect_failure(&request, REASON_SERVER_ERROR, "TLS session");
    assert_int_equal(server.n_requests, 0);
}

/* The later request takes the answer of the earlier one, once. */
static void test_prefetch(void **state)
{
    const struct http_request request = get_request("/early");

    (void)state;
    assert_int_equal(http_prefetch(&call.context, &request), 0);
    assert_int_equal(http_prefetch(&call.context, &request), 0);
    expect_answer("/early");
    assert_int_equal(server.n_requests, 1);
    expect_answer("/early");
    assert_int_equal(server.n_requests, 2);
}

/* Checks that a request with a field has come. Whether the prefetch has got that far, too, is open. */
static void expect_request(const char *field)
{
    bool came = false;

    pthread_mutex_lock(&server.lock);
    for (int i = 0; i < server.n_requests; i++)
        came = came || strstr(server.requests[i], field);
    pthread_mutex_unlock(&server.lock);
    assert_true(came);
}

/* Another Accept field is another request, and so is one with credentials. */
static void test_prefetch_of_something_else(void **state)
{
    struct http_request request = get_request("/early");

    (void)state;
    request.accept = "c/d";
    assert_int_equal(http_prefetch(&call.context, &request), 0);
    expect_answer("/early");
    expect_request("\r\nAccept: a/b\r\n");

    _cleanup_http_response_ struct http_response response = { 0 };
    request.auth = HTTP_AUTH_BEARER;
    request.secret = "x";
    assert_int_equal(http_perform(&call.context, &request, &response), 0);
    expect_request("\r\nAuthorization: Bearer x\r\n");
}

/* More prefetches than there is room for, and one of a URL that we don't use, are left out without a failure. */
static void test_prefetch_limits(void **state)
{
    static const char *const paths[] = { "/1", "/2", "/3", "/4" };
    struct http_request request = get_request("/");

    (void)state;
    request.url = "http://x/";
    assert_int_equal(http_prefetch(&call.context, &request), 0);
    for (size_t i = 0; i < ELEMENTS(paths); i++) {
        request = get_request(paths[i]);
        assert_int_equal(http_prefetch(&call.context, &request), 0);
    }
    for (size_t i = 0; i < ELEMENTS(paths); i++)
        expect_answer(paths[i]);
    assert_int_equal(server.n_requests, ELEMENTS(paths));
}

static const char *fail_once(struct tls_server *on, const char *request)
{
    return on->n_requests == 1 ? NULL : answer(on, request);
}

static void test_failed_prefetch(void **state)
{
    const struct http_request request = get_request("/early");

    (void)state;
    server.answer = fail_once;
    assert_int_equal(http_prefetch(&call.context, &request), 0);
    expect_answer("/early");
    assert_int_equal(server.n_requests, 2);
}

static const char *hang_up_as_caller(struct tls_server *on, const char *request)
{
    (void)on, (void)request;
    caller[1] = safe_close(caller[1]);
    return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
}

static int request_of_a_gone_caller(void)
{
    struct http_response response = { 0 };

    set_up(NULL);
    server.answer = hang_up_as_caller;
    const struct http_request request = get_request("/");
    (void)http_perform(&call.context, &request, &response);
    return 7;
}

/* If the caller hangs up during a request the process ends with 0; here that is a child. It starts the server itself: a
 * fork beside the server's thread could leave the child with a lock of the allocator. */
static void test_caller_hangs_up(void **state)
{
    (void)state;
    run_in_child(request_of_a_gone_caller);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_answers),
        TEST(test_redirect_is_told),
        TEST(test_request_ids),
        TEST(test_failures),
        TEST(test_interception),
        TEST(test_broken_off),
        TEST(test_unbound),
        TEST(test_prefetch),
        TEST(test_prefetch_of_something_else),
        TEST(test_prefetch_limits),
        TEST(test_failed_prefetch),
        cmocka_unit_test(test_caller_hangs_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
