/* Clients: how they are made and freed, and the parameters of errors. */
#include "unit/helpers/text-server.h"

#include <errno.h>
#include <fcntl.h>

#include "common/version.h"

static void test_version(void **state)
{
    (void)state;
    assert_string_equal(tr_version(), TR_VERSION);
}

/* A new client does not connect before it has to. */
static void test_new(void **state)
{
    struct tr_client *client = NULL;
    struct tr_error error;

    (void)state;
    assert_int_equal(tr_client_new("/nowhere/socket", &client), 0);
    assert_int_equal(tr_client_get_fd(client), -1);
    assert_null(tr_client_error_parameters(client));
    assert_int_equal(tr_client_connect(client, &error), -ENOENT);
    assert_non_null(strstr(error.message, "/nowhere/socket"));
    assert_null(tr_client_free(client));
    assert_null(tr_client_free(NULL));
}

/* A descriptor is made non-blocking and close-on-exec, and closed with the client. */
static void test_new_fd(void **state)
{
    struct tr_client *client = NULL;
    char byte;
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(tr_client_new_fd(ends[0], &client), 0);
    assert_int_equal(tr_client_get_fd(client), ends[0]);
    assert_true(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    tr_client_free(client);
    assert_int_equal(recv(ends[1], &byte, 1, 0), 0);
    close(ends[1]);
    assert_int_equal(tr_client_new_fd(ends[0], &client), -EINVAL);
}

/* A client of a descriptor has no path to connect to again. */
static void test_disconnect(void **state)
{
    struct tr_client *client = NULL;
    struct tr_error error;
    char *reply = NULL;
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(tr_client_new_fd(ends[0], &client), 0);
    assert_int_equal(tr_client_connect(client, &error), 0);
    tr_client_disconnect(client);
    assert_int_equal(tr_client_get_fd(client), -1);
    assert_int_equal(tr_call(client, "A", NULL, &reply, &error), -ECONNRESET);
    assert_string_equal(error.code, "closed");
    tr_client_free(client);
    close(ends[1]);
}

/* The parameters of an error last until the next call. */
static void test_error_parameters(void **state)
{
    struct text_server server = { SAYS("{\"error\":\"x.y.Z\",\"parameters\":{\"a\":1}}"), .stays = true };
    char *reply = NULL;

    (void)state;
    text_server_start(&server, 8);
    struct tr_client *client = text_server_client(&server);
    assert_int_equal(tr_call(client, "A", NULL, &reply, NULL), -EREMOTEIO);
    assert_string_equal(tr_client_error_parameters(client), "{\"a\":1}");
    assert_int_equal(tr_call(client, "A", "[]", &reply, NULL), -EINVAL);
    assert_null(tr_client_error_parameters(client));
    tr_client_free(client);
    text_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_new_fd),
        cmocka_unit_test(test_disconnect),
        cmocka_unit_test(test_error_parameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
