/*
 * What a process gives up for good once it has started: files by Landlock (landlock(7)), system calls by a seccomp filter
 * (libseccomp). Both hold for the calling thread and for the threads and processes that it makes, and can only become
 * stricter.
 */
#pragma once

#include <stdbool.h>

/* Besides the calls that every process here may make. */
struct confine_calls {
    const char *const
        *names; /* more system calls, NULL-terminated; a name that libseccomp does not know is passed over */
    const int *socket_families; /* what socket() may make, ended by -1 */
    bool netlink;               /* may bind a netlink socket, and no other */
    bool threads;               /* may start threads, but no processes */
    bool writing;               /* may open files for writing */
};

/* Files and folders, and all that is beneath them; each list is NULL-terminated or NULL for nothing. */
struct confine_paths {
    const char *const *readable;  /* NULL: everything can be read */
    const char *const *writable;  /* folders: files can be read, made, changed, renamed and removed */
    const char *const *removable; /* folders: files can be removed */
};

/*
 * From now on nothing can be executed, and there is no other access to files by their names. A path that does not exist is
 * passed over. What is open already stays so.
 *
 * Sets no-new-privileges. Returns 0, -ENOSYS or -EOPNOTSUPP if the kernel has no Landlock, or another negative errno;
 * then nothing has changed but no-new-privileges.
 */
int confine_files(const struct confine_paths *paths);

/*
 * From now on every other system call fails with ENOSYS: a C library that is newer than the list then falls back to an
 * older call. No memory can become executable after it was writable, and a signal can be sent to this process only.
 *
 * Sets no-new-privileges. Returns 0, -EINVAL or -ENOSYS if the kernel has no seccomp filters, or another negative errno;
 * then nothing has changed but no-new-privileges.
 */
int confine_calls(const struct confine_calls *calls);

/* Both. What fails is told in a line of the log of that level, and the rest holds. */
void confine(int log_level, const struct confine_paths *paths, const struct confine_calls *calls);
