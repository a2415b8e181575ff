/* System calls that can no longer be made, each rule by itself. */
#include "confine/calls.h"

#include "unit/helpers/in-child.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static char file[] = "/tmp/test-calls.XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return make_file(file);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(file);
}

static void *nothing_to_do(void *argument)
{
    return argument;
}

static const int unix_only[] = { AF_UNIX, -1 }, network[] = { AF_UNIX, AF_INET, -1 };

static int makes_few_calls(void)
{
    const char *const names[] = { "listen", "no_such_system_call", NULL };
    char *arguments[] = { (char *)"true", NULL }, *none[] = { NULL };
    pthread_t thread;

    EXPECT(confine_calls(&(struct confine_calls){ .names = names, .socket_families = unix_only }) == 0);
    EXPECT(REFUSED(execve("/bin/true", arguments, none), ENOSYS));
    EXPECT(REFUSED(syscall(SYS_fork), ENOSYS));
    EXPECT(REFUSED(socket(AF_INET, SOCK_STREAM, 0), ENOSYS));
    EXPECT(REFUSED(kill(getppid(), 0), ENOSYS));
    EXPECT(REFUSED(syscall(SYS_tgkill, getppid(), getppid(), 0), ENOSYS));
    EXPECT(syscall(SYS_tgkill, getpid(), gettid(), 0) == 0);
#ifndef COVERAGE_FOLDER
    EXPECT(REFUSED(write_file("/tmp/test-calls-new"), ENOSYS) && REFUSED(write_file(file), ENOSYS));
#endif
    EXPECT(read_file(file) == 0);
    EXPECT(REFUSED(unlink(file), ENOSYS));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    /* listen() is allowed by its name; the kernel refuses it for another reason. */
    EXPECT(fd >= 0 && REFUSED(listen(fd, 1), EINVAL));
    EXPECT(REFUSED(accept(fd, NULL, NULL), ENOSYS));
#ifndef __SANITIZE_ADDRESS__
    EXPECT(pthread_create(&thread, NULL, nothing_to_do, NULL) != 0);
#else
    (void)thread;
#endif
    return 0;
}

static void test_calls(void **state)
{
    (void)state;
    run_in_child(makes_few_calls);
}

static int makes_more_calls(void)
{
    const char *const names[] = { NULL };
    pthread_t thread;

    EXPECT(confine_calls(&(struct confine_calls){
               .names = names, .socket_families = network, .threads = true, .writing = true }) == 0);
    EXPECT(pthread_create(&thread, NULL, nothing_to_do, NULL) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT(REFUSED(syscall(SYS_fork), ENOSYS));
    EXPECT(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    EXPECT(REFUSED(socket(AF_INET6, SOCK_STREAM, 0), ENOSYS));
    EXPECT(write_file(file) == 0);
    /* A second filter makes it stricter. */
    EXPECT(confine_calls(&(struct confine_calls){
               .names = names, .socket_families = unix_only, .threads = true }) == 0);
    EXPECT(REFUSED(socket(AF_INET, SOCK_STREAM, 0), ENOSYS));
#ifndef COVERAGE_FOLDER
    EXPECT(REFUSED(write_file(file), ENOSYS));
#endif
    return 0;
}

static void test_more_calls(void **state)
{
    (void)state;
    run_in_child(makes_more_calls);
}

/* The resolver binds a netlink socket; no other address can be bound. */
static int binds_netlink(void)
{
    const char *const names[] = { NULL };
    const int families[] = { AF_INET, AF_NETLINK, -1 };
    struct sockaddr_nl own = { .nl_family = AF_NETLINK };
    struct sockaddr_in any = { .sin_family = AF_INET };
    struct rlimit limit;

    EXPECT(confine_calls(
               &(struct confine_calls){ .names = names, .socket_families = families, .netlink = true }) == 0);
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    EXPECT(netlink >= 0 && bind(netlink, (struct sockaddr *)&own, sizeof(own)) == 0);
    int inet = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(inet >= 0 && REFUSED(bind(inet, (struct sockaddr *)&any, sizeof(any)), ENOSYS));
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT(REFUSED(prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit), ENOSYS));
    EXPECT(REFUSED(ioctl(STDERR_FILENO, TIOCSTI, "x"), ENOSYS));
    return 0;
}

static void test_netlink(void **state)
{
    (void)state;
    run_in_child(binds_netlink);
}

static int makes_no_code(void)
{
    const char *const names[] = { NULL };

    EXPECT(confine_calls(&(struct confine_calls){ .names = names, .socket_families = unix_only }) == 0);
    EXPECT(mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    EXPECT(errno == ENOSYS);
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(memory != MAP_FAILED);
    EXPECT(REFUSED(mprotect(memory, 4096, PROT_READ | PROT_EXEC), ENOSYS));
    EXPECT(mprotect(memory, 4096, PROT_READ) == 0);
    /* Libraries are loaded this way. */
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0 && mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    return 0;
}

static void test_memory(void **state)
{
    (void)state;
    run_in_child(makes_no_code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_more_calls),
        cmocka_unit_test(test_netlink),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("calls", tests, set_up, tear_down);
}
