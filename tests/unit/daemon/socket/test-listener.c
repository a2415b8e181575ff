/* The listening socket: its lock, what is in the way, and the sentences for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>

#include "daemon/socket/listener.h"
#include "unit/helpers/daemon/fixture.h"

static struct fixture f;
static struct config *config;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f);
    config = fixture_load(&f, "api = { socket_mode = \"0640\"; };");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    config = config_free(config);
    fixture_close(&f);
    return 0;
}

static void test_lock(void **state)
{
    struct listener first, second;
    char lock[100];
    struct stat st;

    (void)state;
    snprintf(lock, sizeof(lock), "%s.lock", f.socket);
    assert_int_equal(listener_open(&first, config, f.socket), 0);
    assert_int_equal(stat(f.socket, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(stat(lock, &st), 0);

    /* With and without the socket in its place; what fails removes nothing that is not its own. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(listener_open(&second, config, f.socket), -EADDRINUSE);
        listener_close(&second);
        assert_int_equal(access(f.socket, F_OK), -i);
        assert_int_equal(access(lock, F_OK), 0);
        unlink(f.socket);
    }
    listener_close(&first);
    listener_close(&first);
    assert_int_equal(access(lock, F_OK), -1);

    /* A lock that a crash left holds nobody up. */
    fixture_write(lock, "");
    assert_int_equal(listener_open(&first, config, f.socket), 0);
    listener_close(&first);
    assert_int_equal(access(lock, F_OK), -1);
    assert_int_equal(access(f.socket, F_OK), -1);
}

/* Another program listens there, which knows no lock. */
static void test_foreign_socket(void **state)
{
    struct listener first, second;
    char lock[100];

    (void)state;
    snprintf(lock, sizeof(lock), "%s.lock", f.socket);
    assert_int_equal(listener_open(&first, config, f.socket), 0);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(listener_open(&second, config, f.socket), -EADDRINUSE);
    listener_close(&second);
    assert_int_equal(access(f.socket, F_OK), 0);
    listener_close(&first);
}

static void test_faults(void **state)
{
    static const struct {
        int error;
        const char *text;
    } cases[] = {
        { -EADDRINUSE, "another daemon answers there" },
        { -EEXIST, "a file that is not a socket is in the way" },
        { -EUSERS, "the user of api.socket_user does not exist" },
        { -ESRCH, "the group of api.socket_group does not exist" },
        { -ENOTSOCK, "systemd passed something other than a listening UNIX stream socket" },
        { -ENOTUNIQ, "systemd passed several descriptors, but not exactly one with the name varlink" },
        { -ENAMETOOLONG, "File name too long" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(listener_fault(cases[i].error), cases[i].text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_lock), TEST(test_foreign_socket), TEST(test_faults) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
