#include "confine/files.h"

#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Of Linux 6.2 (ABI 3); the headers of Debian 12 are older. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* Since Linux 6.12 (ABI 6). */
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

/* The struct landlock_ruleset_attr of Linux 6.12. An older kernel accepts it if the members that it doesn't
 * know are 0. */
struct ruleset_attributes {
    uint64_t handled_access_fs, handled_access_net, scoped;
};

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                                \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |          \
        LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_TRUNCATE)
#define NEVER                                                                                                \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |             \
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |         \
        LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)
/* The accesses that a rule may name for anything but a folder. */
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

/* Returns the accesses that we list and the kernel can deny. */
static uint64_t known_accesses(long abi)
{
    uint64_t known = READ | WRITE | NEVER;

    if (abi < 2)
        known &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
    if (abi < 3)
        known &= ~(uint64_t)LANDLOCK_ACCESS_FS_TRUNCATE;
    return known;
}

/* Allows an access beneath a path. One that is missing needs no rule. */
static int allow_path(int ruleset, const char *path, uint64_t access)
{
    struct stat st;
    _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP ? 0 : -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = S_ISDIR(st.st_mode) ? access : access & OF_FILES,
        .parent_fd = fd,
    };
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
        return -errno;
    return 0;
}

static int allow_paths(int ruleset, const char *const *paths, uint64_t access)
{
    int r = 0;

    for (; r >= 0 && paths && *paths; paths++)
        r = allow_path(ruleset, *paths, access);
    return r;
}

int confine_files(const struct confine_paths *paths)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (abi < 0)
        return -errno;
    uint64_t handled = known_accesses(abi) & (paths->readable ? READ | WRITE | NEVER : WRITE | NEVER);
    struct ruleset_attributes attributes = {
        .handled_access_fs = handled,
        .scoped = abi >= 6 ? SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL : 0,
    };
    _cleanup_close_ int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    if (ruleset < 0)
        return -errno;

    int r = allow_paths(ruleset, paths->readable, READ);
    if (r >= 0)
        r = allow_paths(ruleset, paths->writable, handled & (READ | WRITE));
    if (r >= 0)
        r = allow_paths(ruleset, paths->removable, LANDLOCK_ACCESS_FS_REMOVE_FILE);
#ifdef COVERAGE_FOLDER
    if (r >= 0)
        r = allow_path(ruleset, COVERAGE_FOLDER, handled);
#endif
    if (r < 0)
        return r;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return -errno;
    return 0;
}
