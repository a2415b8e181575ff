/* System calls that can no longer be made, each rule by itself. */
#include "confine/calls.h"

#include "unit/helpers/in-child.h"
#include "unit/helpers/temporary.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

static char file[TEMPORARY_SIZE];

static int set_up(void **state)
{
    (void)state;
    return make_file(temporary_template(file, "test-calls"));
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

static int changes_only_itself(void)
{
    const char *const names[] = { NULL };
    const int families[] = { AF_UNIX, AF_INET, -1 };
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0test-call" };
    struct sockaddr_in any = { .sin_family = AF_INET };
    struct rlimit limit;

    EXPECT(confine_calls(&(struct confine_calls){ .names = names, .socket_families = families }) == 0);
    int local = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT(local >= 0 && REFUSED(bind(local, (struct sockaddr *)&name, 12), ENOSYS));
    int inet = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(inet >= 0 && REFUSED(bind(inet, (struct sockaddr *)&any, sizeof(any)), ENOSYS));
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT(REFUSED(prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit), ENOSYS));
    EXPECT(REFUSED(ioctl(STDERR_FILENO, TIOCSTI, "x"), ENOSYS));
    return 0;
}

static void test_limits_and_addresses(void **state)
{
    (void)state;
    run_in_child(changes_only_itself);
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
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0 && mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED);
    EXPECT(errno == ENOSYS && mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    EXPECT(REFUSED(memfd_create("test", MFD_CLOEXEC), ENOSYS));
    return 0;
}

static int loads_libraries(void)
{
    const char *const names[] = { NULL };
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);

    EXPECT(confine_calls(&(struct confine_calls){
               .names = names, .socket_families = unix_only, .loading = true }) == 0);
    EXPECT(fd >= 0 && mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    EXPECT(mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == ENOSYS);
    EXPECT(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    EXPECT(REFUSED(memfd_create("test", MFD_CLOEXEC), ENOSYS));
    return 0;
}

static void test_memory(void **state)
{
    (void)state;
    run_in_child(makes_no_code);
    run_in_child(loads_libraries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_more_calls),
        cmocka_unit_test(test_limits_and_addresses),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("calls", tests, set_up, tear_down);
}
