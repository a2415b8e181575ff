/* Accepting: who connects, what becomes of the descriptor, and the pause when descriptors run out. */
#include "daemon/socket/accept.h"

#include "unit/helpers/daemon/client.h"
#include "unit/helpers/in-child.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

struct accepting {
    struct fixture f;
    struct acceptor acceptor;
    struct peer_log log;
    int listener;
    bool takes;       /* the descriptors */
    int fd;           /* the newest, taken or not; -1: none */
    size_t connected; /* so many have */
    struct ucred peer;
    size_t allowed;
};

static bool on_accepted(void *userdata, int fd, const struct ucred *peer)
{
    struct accepting *a = userdata;

    a->connected++;
    a->fd = fd;
    a->peer = *peer;
    return a->takes;
}

static size_t count_allowed(void *userdata)
{
    const struct accepting *a = userdata;

    return a->allowed;
}

static int set_up(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct accepting *a = calloc(1, sizeof(*a));

    assert_non_null(a);
    fixture_open(&a->f);
    fixture_start_core(&a->f, "");
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", a->f.socket);
    a->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(a->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(a->listener, 8), 0);
    a->fd = -1;
    a->log.event = a->f.core->event;
    a->acceptor =
        (struct acceptor){ .accepted = on_accepted, .allowed = count_allowed, .userdata = a, .log = &a->log };
    *state = a;
    return 0;
}

static int tear_down(void **state)
{
    struct accepting *a = *state;

    accept_stop(&a->acceptor);
    peer_log_end_minute(&a->log);
    close(a->listener);
    fixture_close(&a->f);
    free(a);
    return 0;
}

static void start(struct accepting *a)
{
    assert_true(accept_start(&a->acceptor, a->f.core->event, a->listener) >= 0);
}

static void test_taken(void **state)
{
    struct accepting *a = *state;
    struct client client;

    start(a);
    a->takes = true;
    client_connect(&client, &a->f);
    fixture_settle(&a->f);
    assert_int_equal(a->connected, 1);
    assert_int_equal(a->peer.pid, getpid());
    assert_int_equal(a->peer.uid, geteuid());
    assert_int_equal(a->peer.gid, getegid());
    /* The descriptor is open, does not block and is not handed on to programs. */
    assert_int_equal(fcntl(a->fd, F_GETFD), FD_CLOEXEC);
    assert_true(fcntl(a->fd, F_GETFL) & O_NONBLOCK);
    close(a->fd);
    client_close(&client);
}

static void test_not_taken(void **state)
{
    struct accepting *a = *state;
    struct client client;

    start(a);
    client_connect(&client, &a->f);
    client_check_next(&client, "hung up");
    assert_int_equal(a->connected, 1);
    assert_int_equal(fcntl(a->fd, F_GETFD), -1);
    client_close(&client);
}

/* A client that has gone before it was accepted disturbs nobody. */
static void test_gone(void **state)
{
    struct accepting *a = *state;
    struct client client, other;

    start(a);
    client_connect(&client, &a->f);
    close(client.fd);
    client.fd = -1;
    client_connect(&other, &a->f);
    client_check_next(&other, "hung up");
    assert_int_equal(a->connected, 2);
    client_close(&client);
    client_close(&other);
}

static void test_stopped(void **state)
{
    struct accepting *a = *state;
    struct client client;

    start(a);
    accept_stop(&a->acceptor);
    accept_stop(&a->acceptor);
    client_connect(&client, &a->f);
    client_check_silence(&client);
    assert_int_equal(a->connected, 0);
    client_close(&client);
}

/* Lets no descriptor be free any more; hard: nor be allowed. */
static void exhaust_descriptors(int lowest_free, bool hard)
{
    const struct rlimit limit = { (rlim_t)lowest_free, hard ? (rlim_t)lowest_free : 4096 };

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int lowest_free_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(fd);
    return fd;
}

/* Ends the pause that is under way, as its timer would. */
static void end_pause(struct accepting *a)
{
    int enabled;

    assert_true(sd_event_source_get_enabled(a->acceptor.pause, &enabled) >= 0);
    assert_int_equal(enabled, SD_EVENT_ONESHOT);
    assert_true(sd_event_source_set_time(a->acceptor.pause, 0) >= 0);
    fixture_settle(&a->f);
}

/* Runs in a child, whose limits are its own. */
static int check_pause(void)
{
    struct accepting *a;
    struct client client;
    void *state;

    set_up(&state);
    a = state;
    start(a);
    client_connect(&client, &a->f);
    int spare = lowest_free_descriptor();
    EXPECT(dup2(STDERR_FILENO, spare) == spare);
    exhaust_descriptors(lowest_free_descriptor(), true);
    /* The loop rests, and nobody is lost. */
    fixture_settle(&a->f);
    EXPECT(a->connected == 0);
    EXPECT(a->acceptor.paused);
    end_pause(a);
    EXPECT(a->connected == 0);
    EXPECT(a->acceptor.paused);

    close(spare);
    end_pause(a);
    EXPECT(a->connected == 1);
    EXPECT(!a->acceptor.paused);
    return tear_down(&state);
}

/* The limit that the program was started with is raised to what the configuration allows, also after a reload. */
static int check_raised_limit(void)
{
    const struct rlimit few = { 32, 4096 };
    struct accepting *a;
    struct rlimit limit;
    struct client client;
    void *state;

    set_up(&state);
    a = state;
    EXPECT(setrlimit(RLIMIT_NOFILE, &few) == 0);
    a->allowed = 100;
    start(a);
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT(limit.rlim_cur > 100 && limit.rlim_cur < 200);

    a->allowed = 1000;
    client_connect(&client, &a->f);
    exhaust_descriptors(lowest_free_descriptor(), false);
    fixture_settle(&a->f);
    EXPECT(a->connected == 0);
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT(limit.rlim_cur > 1000);
    end_pause(a);
    EXPECT(a->connected == 1);

    /* Not above what the administrator of the machine allows. */
    a->allowed = 100000;
    client_connect(&client, &a->f);
    exhaust_descriptors(lowest_free_descriptor(), false);
    fixture_settle(&a->f);
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT(limit.rlim_cur == 4096);
    return tear_down(&state);
}

static void test_pause(void **state)
{
    (void)state;
    run_in_child(check_pause);
}

static void test_raised_limit(void **state)
{
    (void)state;
    run_in_child(check_raised_limit);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_taken),
        TEST(test_not_taken),
        TEST(test_gone),
        TEST(test_stopped),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_raised_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
