/* Servers that don't speak TLS on the port where TLS is due: each has its own reason, and what they say is quoted. */
#include "worker/http/http.h"

#include "common/log.h"
#include "unit/helpers/worker-call.h"

#include <errno.h>

/* A server that says something else to one connection, after it has read the beginning of a handshake. */
struct plain_server {
    const char *text;
    size_t size;
    bool resets; /* ends the connection as a process that dies */
    int fd, port;
    pthread_t thread;
};

static void *serve(void *userdata)
{
    const struct plain_server *server = userdata;
    const struct linger linger = { .l_onoff = server->resets };
    char hello[4096];
    int fd = accept(server->fd, NULL, NULL);

    if (fd >= 0 && recv(fd, hello, sizeof(hello), 0) > 0) {
        send(fd, server->text, server->size, MSG_NOSIGNAL);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        if (!server->resets) {
            shutdown(fd, SHUT_WR);
            while (recv(fd, hello, sizeof(hello), 0) > 0)
                ;
        }
    }
    safe_close(fd);
    return NULL;
}

static void start(struct plain_server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct plain_server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
}

#define SAYS(string) .server = { .text = string, .size = sizeof(string) - 1 }
/* TLS records: an alert, and one of the wrong kind */
#define ALERT(number) "\x15\x03\x03\x00\x02\x02" number

static const struct {
    const char *what;
    struct plain_server server;
    enum reason reason;
} cases[] = {
    { "plain HTTP", SAYS("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), REASON_UNEXPECTED_REPLY },
    { "plain HTTP, as Apache answers", SAYS("<!DOCTYPE HTML><html><body>400</body></html>"),
        REASON_UNEXPECTED_REPLY },
    { "SSH", SAYS("SSH-2.0-OpenSSH_9.2p1\r\n"), REASON_UNEXPECTED_REPLY },
    { "mail", SAYS("220 mail.example ESMTP\r\n"), REASON_UNEXPECTED_REPLY },
    { "an alert: handshake_failure", SAYS(ALERT("\x28")), REASON_UNEXPECTED_REPLY },
    { "an alert: protocol_version", SAYS(ALERT("\x46")), REASON_UNEXPECTED_REPLY },
    { "nothing", SAYS(""), REASON_SERVER_ERROR },
    { "a part of a record", SAYS("\x16\x03\x03"), REASON_SERVER_ERROR },
    { "a reset", .server = { .text = "", .resets = true }, .reason = REASON_SERVER_ERROR },
};

static void test_other_protocols(void **state)
{
    (void)state;
    log_set_level(LOG_EMERG);
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_http_response_ struct http_response response = { 0 };
        struct plain_server server = cases[i].server;
        struct http *http = http_new(-1);
        struct worker_call call;
        char url[64], authority[32];

        start(&server);
        worker_call_open(&call, http, "/etc/ssl/certs/ca-certificates.crt");
        snprintf(authority, sizeof(authority), "127.0.0.1:%d", server.port);
        snprintf(url, sizeof(url), "https://%s/a", authority);
        const struct http_request request = { .method = "GET", .url = url, .accept = "a/b" };
        int r = http_perform(&call.context, &request, &response);
        print_message("%s: %s\n", cases[i].what, call.context.failure.message);
        assert_int_equal(r, -EREMOTEIO);
        assert_string_equal(reason_to_string(call.context.failure.reason), reason_to_string(cases[i].reason));
        assert_non_null(strstr(call.context.failure.message, authority));
        assert_int_equal(call.context.failure.http_status, 0);
        worker_call_close(&call);
        http_free(http);
        stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_protocols),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
