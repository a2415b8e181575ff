/* What is given up, each rule by itself, in children of this process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/memory.h"
#include "confine/confine.h"

static char folder[] = "/tmp/test-confine.XXXXXX";
static char kept[64], other[64], file[80];

/* Runs a check in a child, since it can't be undone. The check returns 0, or the line that was not as it should be. */
static void in_child(int (*check)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(check());
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return __LINE__ % 256 ? __LINE__ % 256 : 1;                                                      \
    } while (0)
/* Refused, with an error number. */
#define REFUSED(call, number) ((call) < 0 && errno == (number))

static const char *in(const char *directory, const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static int write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(kept, sizeof(kept), "%s/kept", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    snprintf(file, sizeof(file), "%s/file", other);
    return mkdir(kept, 0700) < 0 || mkdir(other, 0700) < 0 || write_file(file) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(in(kept, "left"));
    unlink(in(other, "second"));
    unlink(file);
    rmdir(kept);
    rmdir(other);
    return rmdir(folder);
}

static int writes_in_one_folder(void)
{
    const char *const writable[] = { kept, "/no/such/folder", NULL };

    EXPECT(confine_files(&(struct confine_paths){ .writable = writable }) == 0);
    EXPECT(write_file(in(kept, "new")) == 0 && write_file(in(kept, "left")) == 0);
    EXPECT(unlink(in(kept, "new")) == 0);
    EXPECT(truncate(in(kept, "left"), 1) == 0);
    EXPECT(REFUSED(write_file(in(other, "new")), EACCES));
    EXPECT(REFUSED(write_file(file), EACCES));
    EXPECT(REFUSED(unlink(file), EACCES));
    EXPECT(REFUSED(rename(file, in(other, "renamed")), EACCES));
    EXPECT(REFUSED(mkdir(in(kept, "folder"), 0700), EACCES));
    EXPECT(REFUSED(symlink("left", in(kept, "link")), EACCES));
    EXPECT(read_file(file) == 0 && read_file("/etc/passwd") == 0);
    return 0;
}

static void test_writing(void **state)
{
    (void)state;
    in_child(writes_in_one_folder);
}

static int removes_in_one_folder(void)
{
    const char *const removable[] = { other, NULL };

    EXPECT(write_file(in(other, "second")) == 0 && write_file(in(kept, "left")) == 0);
    EXPECT(confine_files(&(struct confine_paths){ .removable = removable }) == 0);
    EXPECT(unlink(in(other, "second")) == 0);
    EXPECT(REFUSED(write_file(in(other, "second")), EACCES));
    EXPECT(REFUSED(unlink(in(kept, "left")), EACCES));
    return 0;
}

static void test_removing(void **state)
{
    (void)state;
    in_child(removes_in_one_folder);
}

static int reads_some_files(void)
{
    const char *const readable[] = { file, "/etc/ssl", "/no/such/file", NULL }, *const nothing[] = { NULL };

    EXPECT(confine_files(&(struct confine_paths){ NULL }) == 0);
    EXPECT(read_file("/etc/passwd") == 0);
    EXPECT(confine_files(&(struct confine_paths){ .readable = readable }) == 0);
    EXPECT(read_file(file) == 0 && read_file("/etc/ssl/openssl.cnf") == 0);
    EXPECT(REFUSED(read_file("/etc/passwd"), EACCES));
    EXPECT(REFUSED(read_file(other), EACCES));
    EXPECT(REFUSED(write_file(file), EACCES));
    /* It can only become stricter. */
    EXPECT(confine_files(&(struct confine_paths){ .readable = nothing }) == 0);
    EXPECT(REFUSED(read_file(file), EACCES));
    return 0;
}

static void test_reading(void **state)
{
    (void)state;
    in_child(reads_some_files);
}

static int executes(void)
{
    char *arguments[] = { (char *)"true", NULL }, *none[] = { NULL };
    const char *const writable[] = { "/", NULL };

    EXPECT(confine_files(&(struct confine_paths){ .writable = writable }) == 0);
    EXPECT(REFUSED(execve("/bin/true", arguments, none), EACCES));
    return 0;
}

static void test_executing(void **state)
{
    (void)state;
    in_child(executes);
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
    EXPECT(REFUSED(write_file(in(other, "new")), ENOSYS) && REFUSED(write_file(file), ENOSYS));
#endif
    EXPECT(read_file(file) == 0);
    EXPECT(REFUSED(unlink(file), ENOSYS));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    /* What was named is allowed: the kernel itself has something against it. */
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
    in_child(makes_few_calls);
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
    /* A second filter takes more away. */
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
    in_child(makes_more_calls);
}

/* As the resolver does it, and no other address. */
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
    in_child(binds_netlink);
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
    /* As a library is loaded. */
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0 && mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    return 0;
}

static void test_memory(void **state)
{
    (void)state;
    in_child(makes_no_code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_removing),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_executing),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_more_calls),
        cmocka_unit_test(test_netlink),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("confine", tests, set_up, tear_down);
}
