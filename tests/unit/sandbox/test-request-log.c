/* The lines of the request log: one per request, whatever the client sent. */
#include "sandbox/request-log.h"

#include "unit/helpers/sandbox/fixture.h"

#include <fcntl.h>
#include <string.h>

static char line[2048];

/* Reads what was written to the pipe. */
static const char *read_line(int fd)
{
    ssize_t n = read(fd, line, sizeof(line) - 1);

    assert_true(n > 0);
    line[n] = '\0';
    return line;
}

static const char *log_of(const struct request *request, const struct answer *answer)
{
    int fds[2];

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    log_request(fds[1], request, answer);
    close(fds[1]);
    read_line(fds[0]);
    close(fds[0]);
    return line;
}

static const struct request usual = {
    .method = "GET",
    .host_name = "api-sse.cisco.com",
    .path = "/v1/contexts",
    .id = "request-7",
    .authorization = "Bearer SECRET",
    .body = "SECRET",
    .client_port = 40000,
};

static void test_a_request(void **state)
{
    struct answer answer = { .status = 404, .reason = "not_found" };

    (void)state;
    assert_string_equal(
        log_of(&usual, &answer), "GET api-sse.cisco.com /v1/contexts 404 request-7 40000 - not_found\n");
    strcpy(answer.faults, "fault:status fault:clock");
    assert_string_equal(log_of(&usual, &answer),
        "GET api-sse.cisco.com /v1/contexts 404 request-7 40000 - not_found fault:status fault:clock\n");
    answer = (struct answer){ .status = 200, .drop = true };
    assert_string_equal(
        log_of(&usual, &answer), "GET api-sse.cisco.com /v1/contexts - request-7 40000 - -\n");
}

static void test_texts_of_a_client(void **state)
{
    struct answer answer = { .status = 404, .reason = "not_found" };
    struct request odd = usual;
    char path[400];

    (void)state;
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    odd.method = "A B\n\x1b\xff";
    odd.host_name = "";
    odd.path = path;
    assert_int_equal(strncmp(log_of(&odd, &answer), "A?B??? - xxx", 12), 0);
    /* cut at 200, and one line */
    assert_string_equal(line + 9 + 200, " 404 request-7 40000 - not_found\n");
}

static void test_a_handshake(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    log_handshake(fds[1], "est.sco.cisco.com", "fault:certificate=expired");
    assert_string_equal(
        read_line(fds[0]), "TLS est.sco.cisco.com - - - - - handshake fault:certificate=expired\n");
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request),
        cmocka_unit_test(test_texts_of_a_client),
        cmocka_unit_test(test_a_handshake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
