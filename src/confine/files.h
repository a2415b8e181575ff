/*
 * Gives up access to files by their names, for good, by Landlock (landlock(7)). It holds for the calling
 * thread and for the threads and processes that it makes; further calls can only make it stricter. Open
 * descriptors stay usable. From Linux 6.12 on it also denies signals to other processes and their abstract
 * sockets, which no file mode protects.
 */
#pragma once

/* Files and folders with all that is beneath them; each list is NULL-terminated, or NULL for nothing. Missing
 * paths are skipped. */
struct confine_paths {
    const char *const *readable;  /* NULL: everything */
    const char *const *writable;  /* folders: files can be read, made, changed, renamed and removed */
    const char *const *removable; /* folders: files can be removed */
};

/* Allows no other access to files, and no execution. Sets no-new-privileges. Returns 0, -ENOSYS or -EOPNOTSUPP if the
 * kernel has no Landlock, or another negative errno; a failure changes nothing but no-new-privileges. */
int confine_files(const struct confine_paths *paths);
