/*
 * Gives up access to files by their names, for good, by Landlock (landlock(7)). It holds for the calling thread and for the
 * threads and processes that it makes; further calls can only make it stricter. Open descriptors stay as they are. Since
 * Linux 6.12 the abstract sockets of other processes, which no file's mode protects, go as well, and signals to them.
 */
#pragma once

/* Files and folders with all that is beneath them; each list is NULL-terminated, or NULL for nothing. A path that doesn't
 * exist is passed over. */
struct confine_paths {
    const char *const *readable;  /* NULL: everything */
    const char *const *writable;  /* folders: files can be read, made, changed, renamed and removed */
    const char *const *removable; /* folders: files can be removed */
};

/* Allows no other access to files, and no execution. Sets no-new-privileges. Returns 0, -ENOSYS or -EOPNOTSUPP if the
 * kernel has no Landlock, or another negative errno; a failure changes nothing but no-new-privileges. */
int confine_files(const struct confine_paths *paths);
