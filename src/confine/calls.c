#include "confine/calls.h"

#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* The calls of a glibc program that waits, keeps time, reads files and talks to sockets that it connects. Not among them:
 * execve, fork, ptrace, listen, accept, and whatever makes, changes or removes a file by its name. */
static const char *const common_names[] = { "access", "arch_prctl", "brk", "clock_getres", "clock_gettime",
    "clock_nanosleep", "close", "close_range", "connect", "dup", "dup2", "dup3", "epoll_create1", "epoll_ctl",
    "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2", "exit", "exit_group", "faccessat", "faccessat2",
    "fcntl", "fstat", "fstatfs", "futex", "futex_waitv", "get_robust_list", "getcwd", "getdents64", "getegid",
    "geteuid", "getgid", "getgroups", "getpeername", "getpid", "getppid", "getrandom", "getresgid",
    "getresuid", "getrlimit", "getrusage", "getsockname", "getsockopt", "gettid", "gettimeofday", "getuid",
    "lseek", "lstat", "madvise", "membarrier", "mincore", "mlock", "mlock2", "mremap", "mseal", "munlock",
    "munmap", "nanosleep", "newfstatat", "pipe", "pipe2", "poll", "ppoll", "prctl", "pread64", "preadv",
    "pselect6", "pwrite64", "read", "readlink", "readlinkat", "readv", "recvfrom", "recvmmsg", "recvmsg",
    "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity", "sched_yield", "select", "sendmmsg", "sendmsg",
    "sendto", "set_robust_list", "set_tid_address", "setsockopt", "shutdown", "sigaltstack", "signalfd4",
    "socketpair", "stat", "statfs", "statx", "sysinfo", "time", "timerfd_create", "timerfd_gettime",
    "timerfd_settime", "times", "uname", "write", "writev",
    /* A stricter filter and stricter rules for files may follow. */
    "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "seccomp", NULL };

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif

/* The runtime of a sanitizer examines the process from another one when it ends; coverage writes its counters. */
static const char *const build_names[] = {
#ifdef __SANITIZE_ADDRESS__
    "clone", "getdents", "ptrace", "wait4",
#endif
#ifdef COVERAGE_FOLDER
    "ftruncate", "mkdir", "open", "openat",
#endif
    NULL
};

static int allow_names(scmp_filter_ctx filter, const char *const *names)
{
    int r = 0;

    for (; r >= 0 && *names; names++) {
        int number = seccomp_syscall_resolve_name(*names);

        /* Negative: this architecture has no such call. */
        if (number >= 0)
            r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
    }
    return r;
}

/* Refuses memory that is writable and executable, and memory that becomes executable. A process that loads no
 * libraries later can't map files as code either: a memfd mapped twice would be writable and executable in
 * effect. */
static int allow_memory(scmp_filter_ctx filter, bool loading)
{
    const uint64_t both = PROT_WRITE | PROT_EXEC;
    int r = seccomp_rule_add(
        filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

    if (r >= 0 && loading)
        r = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, both, PROT_EXEC));
    if (r >= 0)
        r = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return r;
}

/* Without Landlock, only this keeps files from being written. */
static int allow_open(scmp_filter_ctx filter, bool writing)
{
    static const char *const names[] = { "open", "openat", NULL };
    const uint64_t mask = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

    if (writing)
        return allow_names(filter, names);
    int r = seccomp_rule_add(
        filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, mask, O_RDONLY));
    if (r >= 0 && SCMP_SYS(open) >= 0)
        r = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, mask, O_RDONLY));
    return r;
}

/* The requests of stdio, libcurl and the resolver. Others could do harm: TIOCSTI types into the terminal that the program
 * was started from. */
static int allow_ioctl(scmp_filter_ctx filter)
{
    static const unsigned long requests[] = { FIOCLEX, FIONBIO, FIONREAD, SIOCGIFADDR, SIOCGIFCONF,
        SIOCGIFFLAGS, SIOCGIFINDEX, SIOCGIFNAME, TCGETS };
    int r = 0;

    for (size_t i = 0; r >= 0 && i < ELEMENTS(requests); i++)
        r = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)requests[i]));
    return r;
}

/* Allows the process to set its own limits only. */
static int allow_limits(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0));
}

/* abort() signals its own thread. clone3 is refused, as a filter can't see its flags; glibc falls back to clone. */
static int allow_threads(scmp_filter_ctx filter, bool threads)
{
    int r = seccomp_rule_add(
        filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));

    if (r >= 0 && threads)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    return r;
}

static int add_rules(scmp_filter_ctx filter, const struct confine_calls *calls)
{
    int r = allow_names(filter, common_names);

    if (r >= 0)
        r = allow_names(filter, calls->names);
    if (r >= 0)
        r = allow_memory(filter, calls->loading);
    if (r >= 0)
        r = allow_open(filter, calls->writing);
    if (r >= 0)
        r = allow_threads(filter, calls->threads);
    if (r >= 0)
        r = allow_ioctl(filter);
    if (r >= 0)
        r = allow_limits(filter);
    for (const int *family = calls->socket_families; r >= 0 && *family >= 0; family++)
        r = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)*family));
    if (r >= 0)
        r = allow_names(filter, build_names);
    return r;
}

int confine_calls(const struct confine_calls *calls)
{
    scmp_filter_ctx filter;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!filter)
        return -ENOMEM;
    /* Return the kernel's own error numbers. Sort the calls into a tree, which takes fewer steps for each. */
    int r = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (r >= 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (r >= 0)
        r = add_rules(filter, calls);
    if (r >= 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}
