/* One connection to a worker: a program or a socket, and every way in which it can fail a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "daemon/worker/link.h"
#include "unit/helpers/daemon/fixture.h"

struct owner {
    struct worker_link *link;
    char result[512]; /* "" until the call has ended */
    bool frees;       /* frees the link in the callback */
    bool streams;     /* the results of a stream are collected */
};

static struct fixture fixture;
static sd_event *event;

static void on_replied(void *userdata, const struct varlink_reply *reply)
{
    struct owner *owner = userdata;

    size_t used = strlen(owner->result);

    assert_true(owner->streams || used == 0);
    snprintf(owner->result + used, sizeof(owner->result) - used, "%s %s%s",
        reply->error ? reply->error : "done", reply->parameters ? json_text(reply->parameters, NULL) : "-",
        reply->continues ? ", " : "");
    if (owner->frees)
        owner->link = worker_link_free(owner->link);
}

static void on_failed(void *userdata, const char *message)
{
    struct owner *owner = userdata;

    size_t used = strlen(owner->result);

    assert_true(owner->streams || used == 0);
    snprintf(owner->result + used, sizeof(owner->result) - used, "failed: %s", message);
    owner->link = worker_link_free(owner->link);
}

static const struct worker_link_callbacks callbacks = { on_replied, on_failed };

static int open_event(void **state)
{
    (void)state;
    fixture_open(&fixture);
    log_set_level(LOG_EMERG);
    return sd_event_new(&event) < 0;
}

static int close_event(void **state)
{
    (void)state;
    event = sd_event_unref(event);
    fixture_close(&fixture);
    return 0;
}

/* A worker that is a shell script. */
static void write_worker(const char *body)
{
    char text[2048];

    snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", body);
    fixture_write(fixture.worker, text);
    assert_int_equal(chmod(fixture.worker, 0700), 0);
}

static void start(struct owner *owner, const char *address)
{
    *owner = (struct owner){ 0 };
    assert_int_equal(worker_link_new(event, address, "debug", &callbacks, owner, &owner->link), 0);
}

static void call(struct owner *owner, uint64_t timeout)
{
    json_object *parameters = json_object_new_object();

    assert_int_equal(json_add_int(parameters, "n", 1), 0);
    owner->result[0] = 0;
    assert_int_equal(worker_link_call(owner->link, "a.B", parameters, timeout), 0);
}

static void wait_for_result(struct owner *owner)
{
    while (!owner->result[0])
        assert_true(sd_event_run(event, 10 * USEC_PER_SEC) > 0);
}

/* Runs the loop until no process is left. */
static void wait_for_children(void)
{
    siginfo_t info;

    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        assert_true(sd_event_run(event, 10 * USEC_PER_SEC) > 0);
    assert_int_equal(errno, ECHILD);
}

/* However a call ends, its worker does, too. */
static void check_script(const char *body, uint64_t timeout, const char *expected)
{
    struct owner owner;

    print_message("%s\n", body);
    write_worker(body);
    start(&owner, fixture.worker);
    call(&owner, timeout);
    wait_for_result(&owner);
    assert_string_equal(owner.result, expected);
    owner.link = worker_link_free(owner.link);
    wait_for_children();
}

/* What a script does that reads the call first. */
#define READ "dd bs=1 count=38 2>/dev/null <&3 >/dev/null; "
#define LONG (60 * USEC_PER_SEC)

static void test_scripts(void **state)
{
    (void)state;
    check_script(READ "printf '{}\\0' >&3", LONG, "done -");
    check_script(READ "printf '{\"parameters\":{\"x\":2}}\\0' >&3", LONG, "done {\"x\":2}");
    check_script(READ "printf '{\"error\":\"a.E\",\"parameters\":{\"x\":2}}\\0' >&3", LONG, "a.E {\"x\":2}");
    check_script("exit 3", LONG, "failed: The worker ended with exit code 3 before it answered.");
    check_script("kill -9 $$", LONG, "failed: The worker was ended by signal 9 (Killed) before it answered.");
    check_script(
        "kill -6 $$", LONG, "failed: The worker was ended by signal 6 (Aborted) before it answered.");
    check_script(READ "exec 3>&-; exec sleep 60", LONG,
        "failed: The worker was ended by signal 9 (Killed) before it answered.");
    check_script(READ "printf '{]\\0' >&3; exec sleep 60", LONG,
        "failed: The worker sent something that is not a reply.");
    check_script(READ "printf '{}\\0{}\\0' >&3; exec sleep 60", LONG,
        "failed: The worker sent more than it was asked for.");
    check_script(READ "head -c 1048577 /dev/zero | tr '\\0' x >&3; exec sleep 60", LONG,
        "failed: The worker's reply is too long.");
    check_script("exec sleep 60", 1000, "failed: The worker did not answer in time.");
    check_script(
        READ "printf '{\"para' >&3; exec sleep 60", 1000, "failed: The worker did not answer in time.");
}

/* The environment of a worker is what it needs and nothing else: no proxy, nothing of the daemon's. */
static void test_environment(void **state)
{
    static const char body[] =
        "[ \"$LISTEN_PID\" = $$ ] && [ \"$LISTEN_FDS\" = 1 ] && [ \"$LISTEN_FDNAMES\" = varlink ] &&\n"
        "[ -z \"$https_proxy\" ] && [ -z \"$HOME\" ] && [ \"$1 $2 $3\" = '--log-level debug ' ] && ! [ -e "
        "/proc/self/fd/4 ] || exit 9\n" READ "printf '{}\\0' >&3";

    (void)state;
    assert_int_equal(setenv("https_proxy", "http://user:secret@proxy", 1), 0);
    check_script(body, LONG, "done -");
    unsetenv("https_proxy");
}

static void test_call_after_call(void **state)
{
    struct owner owner;

    (void)state;
    write_worker("for i in 1 2 3; do " READ "printf '{\"parameters\":{\"i\":%d}}\\0' $i >&3; done");
    start(&owner, fixture.worker);
    for (int i = 1; i <= 3; i++) {
        char expected[32];

        call(&owner, LONG);
        wait_for_result(&owner);
        snprintf(expected, sizeof(expected), "done {\"i\":%d}", i);
        assert_string_equal(owner.result, expected);
    }
    owner.link = worker_link_free(owner.link);
    wait_for_children();
}

/* A busy worker is ended with its link; no process stays. */
static void test_freed_in_a_call(void **state)
{
    struct owner owner;

    (void)state;
    write_worker("exec sleep 60");
    start(&owner, fixture.worker);
    call(&owner, LONG);
    owner.link = worker_link_free(owner.link);
    wait_for_children();
    assert_string_equal(owner.result, "");
    assert_null(worker_link_free(NULL));
}

static void test_unreachable(void **state)
{
    struct owner owner = { 0 };
    char address[128], long_address[200];

    (void)state;
    assert_int_equal(
        worker_link_new(event, "/nowhere/worker", "info", &callbacks, &owner, &owner.link), -ENOENT);
    fixture_write(fixture.worker, "not executable");
    assert_int_equal(
        worker_link_new(event, fixture.worker, "info", &callbacks, &owner, &owner.link), -EACCES);
    snprintf(address, sizeof(address), "unix:%s/none", fixture.directory);
    assert_int_equal(worker_link_new(event, address, "info", &callbacks, &owner, &owner.link), -ENOENT);
    snprintf(address, sizeof(address), "unix:%s", fixture.worker);
    assert_int_equal(worker_link_new(event, address, "info", &callbacks, &owner, &owner.link), -ECONNREFUSED);
    memset(long_address, 'x', sizeof(long_address));
    memcpy(long_address, "unix:/", 6);
    long_address[sizeof(long_address) - 1] = 0;
    assert_int_equal(
        worker_link_new(event, long_address, "info", &callbacks, &owner, &owner.link), -ENAMETOOLONG);
    assert_null(owner.link);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

static void test_socket(void **state)
{
    _cleanup_close_ int listener = listen_at(fixture.worker);
    struct owner owner;
    char address[128], got[64] = "";

    (void)state;
    snprintf(address, sizeof(address), "unix:%s", fixture.worker);
    start(&owner, address);
    int fd = accept(listener, NULL, NULL);
    call(&owner, LONG);
    assert_int_equal(read(fd, got, sizeof(got)), 38);
    assert_string_equal(got, "{\"method\":\"a.B\",\"parameters\":{\"n\":1}}");
    owner.frees = true;
    assert_int_equal(write(fd, "{\"parameters\":{\"y\":3}}", 23), 23);
    wait_for_result(&owner);
    assert_string_equal(owner.result, "done {\"y\":3}");
    assert_null(owner.link);
    assert_int_equal(read(fd, got, sizeof(got)), 0);
    close(fd);

    start(&owner, address);
    fd = accept(listener, NULL, NULL);
    call(&owner, LONG);
    close(fd);
    wait_for_result(&owner);
    assert_string_equal(owner.result, "failed: The worker hung up before it answered.");
    assert_null(owner.link);
}

/* Runs a stream to its end; the script has read the call. */
static void check_stream(const char *body, uint64_t timeout, const char *expected)
{
    struct owner owner;
    json_object *parameters = json_object_new_object();

    print_message("%s\n", body);
    write_worker(body);
    start(&owner, fixture.worker);
    owner.streams = true;
    assert_int_equal(json_add_int(parameters, "n", 1), 0);
    assert_int_equal(worker_link_stream(owner.link, "a.B", parameters, timeout), 0);
    while (strlen(owner.result) < strlen(expected))
        assert_true(sd_event_run(event, 10 * USEC_PER_SEC) > 0);
    assert_string_equal(owner.result, expected);
    owner.link = worker_link_free(owner.link);
    wait_for_children();
}

#define READ_STREAM "dd bs=1 count=50 2>/dev/null <&3 >/dev/null; "
#define PART(i) "printf '{\"parameters\":{\"i\":" #i "},\"continues\":true}\\0' >&3; "

static void test_streams(void **state)
{
    (void)state;
    check_stream(READ_STREAM "printf '{}\\0' >&3", LONG, "done -");
    check_stream(READ_STREAM PART(1) "sleep 0.05; " PART(2) "printf '{\"parameters\":{\"i\":3}}\\0' >&3",
        LONG, "done {\"i\":1}, done {\"i\":2}, done {\"i\":3}");
    /* All at once, and in two halves. */
    check_stream(READ_STREAM "printf '{\"continues\":true}\\0{\"continues\":true}\\0{}\\0' >&3", LONG,
        "done -, done -, done -");
    check_stream(READ_STREAM
        "printf '{\"continues\":true}\\0{\"contin' >&3; sleep 0.05; printf 'ues\":false}\\0' >&3",
        LONG, "done -, done -");
    check_stream(READ_STREAM PART(1) "printf '{\"error\":\"a.E\"}\\0' >&3", LONG, "done {\"i\":1}, a.E -");
    check_stream(READ_STREAM PART(1) "exit 3", LONG,
        "done {\"i\":1}, failed: The worker ended with exit code 3 before it answered.");
    check_stream(READ_STREAM PART(1) "exec sleep 60", 50000,
        "done {\"i\":1}, failed: The worker did not answer in time.");
    check_stream(READ_STREAM PART(1) "printf '{]\\0' >&3; exec sleep 60", LONG,
        "done {\"i\":1}, failed: The worker sent something that is not a reply.");
    /* Who asks for one answer gets one. */
    check_script(READ PART(1) "exec sleep 60", LONG,
        "failed: The worker announced more replies to a call that has one.");
}

/* Who has heard enough frees the link, though more has come already. */
static void test_freed_in_a_stream(void **state)
{
    struct owner owner;

    (void)state;
    write_worker(
        READ_STREAM "printf '{\"continues\":true}\\0{\"continues\":true}\\0{}\\0' >&3; exec sleep 60");
    start(&owner, fixture.worker);
    owner.frees = true;
    assert_int_equal(worker_link_stream(owner.link, "a.B", json_tokener_parse("{\"n\":1}"), LONG), 0);
    wait_for_result(&owner);
    assert_null(owner.link);
    wait_for_children();
    assert_string_equal(owner.result, "done -, ");
}

/* What a worker says without being asked is no reply. */
static void test_unasked(void **state)
{
    _cleanup_close_ int listener = listen_at(fixture.worker);
    struct owner owner;
    char address[128];

    (void)state;
    snprintf(address, sizeof(address), "unix:%s", fixture.worker);
    start(&owner, address);
    _cleanup_close_ int fd = accept(listener, NULL, NULL);
    assert_int_equal(write(fd, "{}", 3), 3);
    wait_for_result(&owner);
    assert_string_equal(owner.result, "failed: The worker sent something that is not a reply.");
}

/* A worker that hangs up while it is not asked fails nothing, and the loop rests. */
static void test_gone_between_calls(void **state)
{
    _cleanup_close_ int listener = listen_at(fixture.worker);
    struct owner owner;
    char address[128];

    (void)state;
    snprintf(address, sizeof(address), "unix:%s", fixture.worker);
    start(&owner, address);
    assert_true(worker_link_is_open(owner.link));
    close(accept(listener, NULL, NULL));
    for (int turns = 0; sd_event_run(event, 0) > 0; turns++)
        assert_in_range(turns, 0, 100);
    assert_false(worker_link_is_open(owner.link));
    assert_int_equal(worker_link_call(owner.link, "a.B", json_object_new_object(), LONG), -ECONNRESET);
    assert_string_equal(owner.result, "");
    owner.link = worker_link_free(owner.link);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_event, close_event)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scripts),
        TEST(test_environment),
        TEST(test_call_after_call),
        TEST(test_freed_in_a_call),
        TEST(test_unreachable),
        TEST(test_socket),
        TEST(test_streams),
        TEST(test_freed_in_a_stream),
        TEST(test_unasked),
        TEST(test_gone_between_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
