/* Answers on the wire, as a client reads them from a real server on loopback. */
#include "sandbox/web/send.h"

#include "unit/helpers/sandbox/fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The answer to the next request, and the id that goes with it. */
static struct answer next;
static const char *next_id;

static char response[4096];

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *part, size_t *part_size, void **connection_data)
{
    (void)data;
    (void)path;
    (void)method;
    (void)version;
    (void)part;
    (void)part_size;
    (void)connection_data;
    return send_answer(connection, &next, next_id);
}

static int set_up(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    *state = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_SUPPRESS_DATE_NO_CLOCK, 0, NULL, NULL,
        handle, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    MHD_stop_daemon(*state);
    return 0;
}

/* Starts an answer of five bytes. */
static void prepare(unsigned status)
{
    next = (struct answer){ .status = 500 };
    next_id = NULL;
    assert_int_equal(answer_take_body(&next, status, "text/plain", strdup("hello"), 5), 0);
}

/* Asks for the answer and reads all that the server sends. */
static void receive(struct MHD_Daemon *daemon)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t size = 0;
    ssize_t n;

    address.sin_port = htons(MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    while ((n = read(fd, response + size, sizeof(response) - 1 - size)) > 0)
        size += (size_t)n;
    response[size] = '\0';
    answer_done(&next);
}

static void assert_has(const char *text)
{
    if (!strstr(response, text))
        fail_msg("\"%s\" is not in: %s", text, response);
}

static void assert_has_not(const char *text)
{
    if (strstr(response, text))
        fail_msg("\"%s\" is in: %s", text, response);
}

static void test_an_answer(void **state)
{
    prepare(200);
    next_id = "request-7";
    receive(*state);
    assert_int_equal(strncmp(response, "HTTP/1.1 200 OK\r\n", 17), 0);
    assert_has("\r\nContent-Type: text/plain\r\n");
    assert_has("\r\nX-Request-Id: request-7\r\n");
    assert_has("\r\nContent-Length: 5\r\n");
    assert_has("\r\n\r\nhello");
    prepare(404);
    receive(*state);
    assert_int_equal(strncmp(response, "HTTP/1.1 404 ", 13), 0);
    assert_has_not("X-Request-Id");
}

static void test_the_clock(void **state)
{
    time_t before = time(NULL);
    struct tm tm;

    prepare(200);
    next.clock_offset = 86400;
    receive(*state);
    assert_has("\r\nDate: ");
    assert_non_null(strptime(strstr(response, "Date: "), "Date: %a, %d %b %Y %H:%M:%S GMT", &tm));
    assert_in_range(timegm(&tm), before + 86400, time(NULL) + 86400);
}

static void test_lower_case(void **state)
{
    prepare(200);
    next.lower_case = true;
    next_id = "request-7";
    receive(*state);
    assert_has("\r\ncontent-type: text/plain\r\n");
    assert_has("\r\nx-request-id: request-7\r\n");
    assert_has("\r\ndate: ");
}

static void test_chunks(void **state)
{
    prepare(200);
    next.framing = FRAMING_CHUNKED;
    receive(*state);
    assert_has("\r\nTransfer-Encoding: chunked\r\n");
    assert_has("\r\n\r\n5\r\nhello\r\n0\r\n");
    assert_has_not("Content-Length");
}

static void test_until_the_connection_ends(void **state)
{
    prepare(200);
    next.framing = FRAMING_CLOSE;
    receive(*state);
    assert_int_equal(strncmp(response, "HTTP/1.0 200 OK\r\n", 17), 0);
    assert_has("\r\n\r\nhello");
    assert_has_not("Content-Length");
    assert_has_not("chunked");
}

static void test_a_cut_body(void **state)
{
    prepare(200);
    next.truncate = true;
    receive(*state);
    assert_has("\r\nContent-Length: 64\r\n");
    assert_string_equal(strstr(response, "\r\n\r\n"), "\r\n\r\nhe");
}

static void test_no_body(void **state)
{
    next = (struct answer){ .framing = FRAMING_CHUNKED };
    next_id = NULL;
    assert_int_equal(answer_set_empty(&next, 204, "none"), 0);
    receive(*state);
    assert_int_equal(strncmp(response, "HTTP/1.1 204 ", 13), 0);
    assert_has_not("chunked");
    assert_string_equal(strstr(response, "\r\n\r\n"), "\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer),
        cmocka_unit_test(test_the_clock),
        cmocka_unit_test(test_lower_case),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_until_the_connection_ends),
        cmocka_unit_test(test_a_cut_body),
        cmocka_unit_test(test_no_body),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
