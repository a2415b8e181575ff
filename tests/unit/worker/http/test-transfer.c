/* Transfers: what is reused, what is dropped, and prefetches. */
#include "worker/http/transfer.h"

#include "common/log.h"
#include "unit/helpers/worker-call.h"

#include <errno.h>

static struct tls_server server;
static struct http http;
static struct worker_call call;

static const char *answer(struct tls_server *on, const char *request)
{
    (void)on, (void)request;
    return tls_server_response("200 OK", "t/t", "body");
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    server = (struct tls_server){ .answer = answer };
    tls_server_start(&server);
    http = (struct http){ .caller_fd = -1 };
    worker_call_open(&call, &http, server.anchors);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    transfer_close(&http);
    worker_call_close(&call);
    tls_server_stop(&server);
    return 0;
}

static int begin(size_t i, const char *path)
{
    const struct http_request request = {
        .method = "GET", .url = tls_server_url(&server, path), .accept = "a/b"
    };

    return transfer_begin(&call.context, &http.transfers[i], &request);
}

static void run(const char *path)
{
    struct transfer *transfer = &http.transfers[0];

    assert_int_equal(transfer_open(&http, &call.context.network), 0);
    assert_int_equal(begin(0, path), 0);
    transfer_run(&http, transfer);
    assert_int_equal(transfer->state, TRANSFER_DONE);
    assert_int_equal(transfer->code, CURLE_OK);
    assert_string_equal(transfer->exchange.response.body, "body");
    transfer_release(&http, transfer);
    assert_int_equal(transfer->state, TRANSFER_FREE);
    assert_null(transfer->exchange.response.body);
}

/* One connection serves all that name the same anchors. */
static void test_connection_is_kept(void **state)
{
    (void)state;
    run("/1");
    run("/2");
    assert_int_equal(server.n_requests, 2);
    assert_int_equal(server.n_connections, 1);
    transfer_close(&http);
    run("/3");
    assert_int_equal(server.n_connections, 2);
}

/* A connection that was verified with other anchors is not taken. */
static void test_other_anchors(void **state)
{
    char other[64];

    (void)state;
    run("/1");
    snprintf(other, sizeof(other), "/%.60s", server.anchors);
    call.context.network.ca_file = other;
    run("/2");
    assert_int_equal(server.n_connections, 2);
    assert_string_equal(http.ca_file, other);
}

/* Both files of anchors count, unless a request has its own. */
static void test_extra_anchors(void **state)
{
    const struct http_request own = {
        .method = "GET", .url = tls_server_url(&server, "/x"), .accept = "a/b", .tls_anchors = ""
    };

    (void)state;
    call.context.network.ca_bundle = "/etc/ssl/certs/ca-certificates.crt";
    run("/1");
    assert_string_equal(http.transfers[0].peer.extra_ca_file, server.anchors);
    assert_int_equal(transfer_begin(&call.context, &http.transfers[0], &own), 0);
    assert_null(http.transfers[0].peer.extra_ca_file);
}

static void test_bad_url(void **state)
{
    const struct http_request request = { .method = "GET", .url = "http://x/", .accept = "a/b" };

    (void)state;
    assert_int_equal(transfer_open(&http, &call.context.network), 0);
    assert_int_equal(transfer_begin(&call.context, &http.transfers[0], &request), -EINVAL);
    assert_int_equal(http.transfers[0].state, TRANSFER_FREE);
}

/* Prefetches go on, one after the other, while another transfer is waited for. */
static void test_beside(void **state)
{
    (void)state;
    assert_int_equal(transfer_open(&http, &call.context.network), 0);
    assert_int_equal(begin(1, "/first"), 0);
    assert_int_equal(begin(2, "/second"), 0);
    run("/waited-for");
    for (size_t i = 1; i < TRANSFERS; i++) {
        transfer_run(&http, &http.transfers[i]);
        assert_int_equal(http.transfers[i].state, TRANSFER_DONE);
        assert_int_equal(http.transfers[i].code, CURLE_OK);
    }
    int first = 0, second = 0;
    for (int i = 0; i < server.n_requests; i++) {
        if (strstr(server.requests[i], "GET /first "))
            first = i + 1;
        if (strstr(server.requests[i], "GET /second "))
            second = i + 1;
    }
    assert_int_equal(server.n_requests, 3);
    assert_true(first > 0 && first < second);
}

static int highest_stage;
static bool proxied;

static void watch(void *userdata, const struct http_progress *progress)
{
    assert_ptr_equal(userdata, &http);
    assert_true((int)progress->stage >= highest_stage);
    highest_stage = (int)progress->stage;
    proxied = progress->proxied;
    if (progress->stage >= HTTP_CONNECTED) {
        char address[32];

        snprintf(address, sizeof(address), "127.0.0.1:%d", server.port);
        assert_string_equal(progress->address, address);
    }
    if (progress->stage >= HTTP_SECURED)
        assert_non_null(progress->peer->leaf);
    if (progress->stage == HTTP_ANSWERED)
        assert_int_equal(progress->response->status, 200);
}

static void test_progress(void **state)
{
    (void)state;
    highest_stage = HTTP_BEGUN;
    http.watcher = watch;
    http.watcher_userdata = &http;
    run("/x");
    assert_int_equal(highest_stage, HTTP_ANSWERED);
    assert_false(proxied);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_connection_is_kept),
        TEST(test_other_anchors),
        TEST(test_extra_anchors),
        TEST(test_bad_url),
        TEST(test_beside),
        TEST(test_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
