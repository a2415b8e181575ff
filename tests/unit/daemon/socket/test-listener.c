/* The listening socket: its lock, what is in the way, and the sentences for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

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

/* Calls a function in a child that systemd would have started with these descriptors, the first of which is 3. */
static int open_passed(const int *fds, int n, const char *names)
{
    struct listener listener;
    char text[16];
    int status;
    pid_t child = fork();

    if (child == 0) {
        snprintf(text, sizeof(text), "%d", (int)getpid());
        setenv("LISTEN_PID", text, 1);
        snprintf(text, sizeof(text), "%d", n);
        setenv("LISTEN_FDS", text, 1);
        setenv("LISTEN_FDNAMES", names, 1);
        /* First out of the way of each other. */
        int moved[4];
        for (int i = 0; i < n; i++)
            moved[i] = fcntl(fds[i], F_DUPFD, 100);
        for (int i = 0; i < n; i++)
            dup2(moved[i], 3 + i);
        int r = listener_open(&listener, config, f.socket);
        bool waits_not = r >= 0 && (fcntl(listener.fd, F_GETFL) & O_NONBLOCK) && listener.fd >= 3;
        _exit(r < 0 ? -r : waits_not && access(f.socket, F_OK) < 0 ? 0 : 255);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 255 ? 1 : -WEXITSTATUS(status);
}

/* A socket from systemd is used if it is one listening stream socket, alone or by the name varlink. */
static void test_passed(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0),
        silent = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/passed", f.directory);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(open_passed(&listening, 1, "anything"), 0);
    assert_int_equal(open_passed((int[]){ other, listening }, 2, "other:varlink"), 0);
    assert_int_equal(open_passed((int[]){ listening, listening }, 2, "varlink:varlink"), -ENOTUNIQ);
    assert_int_equal(open_passed((int[]){ listening, listening }, 2, "a:b"), -ENOTUNIQ);
    assert_int_equal(open_passed(&other, 1, "varlink"), -ENOTSOCK);
    assert_int_equal(open_passed(&silent, 1, "varlink"), -ENOTSOCK);
    close(listening);
    close(other);
    close(silent);
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
    const struct CMUnitTest tests[] = { TEST(test_lock), TEST(test_foreign_socket), TEST(test_passed),
        TEST(test_faults) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
