/*
 * Gives up system calls, for good, by a seccomp filter (libseccomp). It holds for the calling thread and for the threads
 * and processes that it makes; further calls can only make it stricter.
 */
#pragma once

#include <stdbool.h>

/* Allowed in addition to the calls that every program here needs. */
struct confine_calls {
    const char *const
        *names; /* system calls, NULL-terminated; names that libseccomp doesn't know are passed over */
    const int *socket_families; /* for socket(), ended by -1 */
    bool loading;               /* may map files as code, to load libraries */
    bool threads;               /* may start threads, but no processes */
    bool writing;               /* may open files for writing */
};

/* Makes every other system call fail with ENOSYS, so that a C library that is newer than the list falls back
 * to an older call. Written memory can't become executable, no socket can be bound to an address, and signals
 * reach this process only. Sets no-new-privileges. Returns 0, -EINVAL or -ENOSYS if the kernel has no seccomp
 * filters, or another negative errno; a failure changes nothing but no-new-privileges. */
int confine_calls(const struct confine_calls *calls);
