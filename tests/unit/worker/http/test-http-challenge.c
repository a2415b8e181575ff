/* Passwords that a server asks for: how often it is answered, with what, and when that ends. */
#include "worker/http/http.h"

#include "common/log.h"
#include "unit/helpers/worker-call.h"

#define DIGEST(more)                                                                                         \
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"r\", qop=\"auth\", algorithm=SHA-256, "             \
    "nonce=\"n\"" more "\r\nContent-Length: 0\r\n\r\n"
#define BASIC "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n"
#define ISSUED "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncert"

static struct tls_server server;
static struct http *http;
static struct worker_call call;
static const char *const *answers; /* one after the other; the last one again and again */

static const char *answer(struct tls_server *on, const char *request)
{
    (void)on, (void)request;
    return answers[1] ? *answers++ : *answers;
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

static const struct {
    enum http_auth auth;
    const char *answers[5];
    long status;
    int requests;
    bool has_password; /* the last request shows it as Basic authentication does */
} cases[] = {
    /* Nobody asks. */
    { HTTP_AUTH_PASSWORD, { ISSUED }, 200, 1, false },
    { HTTP_AUTH_BASIC, { ISSUED }, 200, 1, true },
    /* Once. */
    { HTTP_AUTH_PASSWORD, { BASIC, ISSUED }, 200, 2, true },
    { HTTP_AUTH_PASSWORD, { DIGEST(""), ISSUED }, 200, 2, false },
    /* A nonce that is too old is no wrong password. */
    { HTTP_AUTH_PASSWORD, { DIGEST(""), DIGEST(", stale=true"), ISSUED }, 200, 3, false },
    /* Again and again. */
    { HTTP_AUTH_PASSWORD, { BASIC }, 401, 2, true },
    { HTTP_AUTH_PASSWORD, { DIGEST("") }, 401, 2, false },
    { HTTP_AUTH_PASSWORD, { DIGEST(", stale=true") }, 401, 3, false },
    /* Nobody is told the password who doesn't ask for one, and a secret is not one. */
    { HTTP_AUTH_NONE, { BASIC }, 401, 1, false },
    { HTTP_AUTH_BEARER, { BASIC }, 401, 1, false },
};

static void test_challenges(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_http_response_ struct http_response response = { 0 };
        const struct http_request request = { .method = "POST",
            .url = tls_server_url(&server, "/"),
            .accept = "a/b",
            .body = "body",
            .body_size = 4,
            .content_type = "c/d",
            .auth = cases[i].auth,
            .username = "joe",
            .secret = "hush-hush" };

        print_message("%zu\n", i);
        answers = cases[i].answers;
        server.n_requests = 0;
        http_disconnect(http);
        assert_int_equal(http_perform(&call.context, &request, &response), 0);
        assert_int_equal(response.status, cases[i].status);
        assert_int_equal(server.n_requests, cases[i].requests);
        const char *last = server.requests[cases[i].requests - 1];
        assert_int_equal(
            !!strstr(last, "\r\nAuthorization: Basic am9lOmh1c2gtaHVzaA=="), cases[i].has_password);
        if (cases[i].auth != HTTP_AUTH_BEARER)
            assert_null(strstr(last, "hush-hush"));
        assert_string_equal(strstr(last, "\r\n\r\n") + 4, "body");
        assert_int_equal(response.size, cases[i].status == 200 ? 4 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_challenges, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
