#include "confine/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static const char *file, *folder;
static pid_t other;
static char path[4096];

static const char *inside(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

/* Each attempt returns what its system call does: negative with errno if it is refused. */

static long read_secret(void)
{
    return open(file, O_RDONLY);
}

static long read_passwords(void)
{
    return open("/etc/passwd", O_RDONLY);
}

static long list_root(void)
{
    return open("/", O_RDONLY | O_DIRECTORY);
}

static long write_secret(void)
{
    return open(file, O_WRONLY);
}

static long create(void)
{
    return open(inside("created"), O_WRONLY | O_CREAT, 0600);
}

static long create_unnamed(void)
{
    return open(folder, O_RDWR | O_TMPFILE, 0600);
}

static long truncate_secret(void)
{
    return truncate(file, 0);
}

static long unlink_secret(void)
{
    return unlink(file);
}

static long rename_secret(void)
{
    return rename(file, inside("renamed"));
}

static long link_secret(void)
{
    return link(file, inside("linked"));
}

static long make_folder(void)
{
    return mkdir(inside("made"), 0700);
}

static long change_mode(void)
{
    return chmod(file, 0666);
}

static long execute(void)
{
    char *arguments[] = { (char *)"true", NULL }, *none[] = { NULL };

    return execve("/bin/true", arguments, none);
}

static long execute_descriptor(void)
{
    char *none[] = { NULL };

    return syscall(SYS_execveat, AT_FDCWD, "/bin/true", none, none, 0);
}

static long leave_if_child(long pid)
{
    if (pid == 0)
        _exit(0);
    return pid;
}

static long make_process(void)
{
    return leave_if_child(syscall(SYS_fork));
}

static long make_process_by_clone(void)
{
    return leave_if_child(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static long trace(void)
{
    return ptrace(PTRACE_SEIZE, other, NULL, NULL);
}

static long read_memory(void)
{
    char byte;
    struct iovec here = { &byte, 1 }, there = { (void *)&file, 1 };

    return process_vm_readv(other, &here, 1, &there, 1, 0);
}

static long open_memory(void)
{
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)other);
    return open(path, O_RDWR);
}

static long send_signal(void)
{
    return kill(other, 0);
}

static long open_process(void)
{
    return syscall(SYS_pidfd_open, other, 0);
}

static long listen_for_anyone(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd < 0 ? fd : listen(fd, 1);
}

static long bind_port(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd < 0 ? fd : bind(fd, (struct sockaddr *)&any, sizeof(any));
}

static long listen_locally(void)
{
    struct sockaddr_un any = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    /* Without a name the kernel gives it one. */
    return fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)) < 0 ? -1 : listen(fd, 1);
}

static long limit_another(void)
{
    struct rlimit limit;

    return prlimit(other, RLIMIT_NOFILE, NULL, &limit);
}

static long type_into_the_terminal(void)
{
    return ioctl(STDERR_FILENO, TIOCSTI, "x");
}

static long accept_anyone(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    return fd < 0 ? fd : accept(fd, NULL, NULL);
}

static long open_packet_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}

static long make_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}

static long load_program(void)
{
    union bpf_attr attributes = { 0 };

    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

static long use_ring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL);
}

static long use_keys(void)
{
    return syscall(SYS_keyctl, 0, -3, 0);
}

static long change_user(void)
{
    return setuid(65534);
}

static long read_anchors(void)
{
    return open("/etc/ssl/certs/ca-certificates.crt", O_RDONLY);
}

static const struct attempt attempts[] = {
    ATTEMPT(read_secret),
    ATTEMPT(read_passwords),
    ATTEMPT(list_root),
    ATTEMPT(write_secret),
    ATTEMPT(create),
    ATTEMPT(create_unnamed),
    ATTEMPT(truncate_secret),
    ATTEMPT(rename_secret),
    ATTEMPT(link_secret),
    ATTEMPT(unlink_secret),
    ATTEMPT(make_folder),
    ATTEMPT(change_mode),
    ATTEMPT(execute),
    ATTEMPT(execute_descriptor),
    ATTEMPT(make_process),
    ATTEMPT(make_process_by_clone),
    ATTEMPT(trace),
    ATTEMPT(read_memory),
    ATTEMPT(open_memory),
    ATTEMPT(send_signal),
    ATTEMPT(open_process),
    ATTEMPT(listen_for_anyone),
    ATTEMPT(accept_anyone),
    ATTEMPT(bind_port),
    ATTEMPT(listen_locally),
    ATTEMPT(limit_another),
    ATTEMPT(type_into_the_terminal),
    ATTEMPT(open_packet_socket),
    ATTEMPT(make_namespace),
    ATTEMPT(load_program),
    ATTEMPT(use_ring),
    ATTEMPT(use_keys),
    ATTEMPT(change_user),
    ATTEMPT(read_anchors),
    { 0 },
};

const char *attempt_target(const char *variable, const char *otherwise)
{
    const char *value = getenv(variable);

    return value ? value : otherwise;
}

static void run_all(const struct attempt *attempt)
{
    for (; attempt->name; attempt++) {
        errno = 0;
        bool refused = attempt->run() < 0;
        fprintf(stderr, "attempt %s: %s\n", attempt->name, refused ? strerrorname_np(errno) : "done");
    }
}

void attempts_run(void)
{
    const char *pid = getenv("ATTEMPT_PID");

    file = getenv("ATTEMPT_FILE");
    folder = getenv("ATTEMPT_FOLDER");
    other = pid ? atoi(pid) : getppid();
    if (!file || !folder)
        abort();
    run_all(attempts_code);
    run_all(attempts_sockets);
    run_all(attempts);
    fputs("attempts are over\n", stderr);
}
