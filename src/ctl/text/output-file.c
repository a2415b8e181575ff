#include "ctl/text/output-file.h"

#include "ctl/text/output.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    LINKS_MAX = 40, /* as the kernel follows */
};

/* Writes the text and closes the descriptor. Returns 0 or a negative errno. */
static int write_text(int fd, const char *text)
{
    FILE *stream = fdopen(fd, "w");

    if (!stream) {
        int r = -errno;
        safe_close(fd);
        return r;
    }
    errno = 0;
    output_lines(stream, text);
    bool failed = ferror(stream);
    int error = errno;
    if (fclose(stream) != 0)
        return -errno;
    return failed ? -(error ? error : EIO) : 0;
}

/* Writes a new file beside the one at the path and renames it. It is readable for all: a collector is another user. */
static int replace_file(const char *path, const char *text)
{
    _cleanup_free_ char *new = NULL;

    if (asprintf(&new, "%s.XXXXXX", path) < 0)
        return -ENOMEM;
    int fd = mkostemp(new, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fchmod(fd, 0644) < 0 ? -errno : 0;
    if (r < 0)
        safe_close(fd);
    else
        r = write_text(fd, text);
    if (r >= 0 && rename(new, path) < 0)
        r = -errno;
    if (r < 0)
        unlink(new);
    return r;
}

/* Returns the number that the text is; -1 if it is none. */
static int parse_descriptor(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    return isdigit((unsigned char)*text) && !*end && number <= INT_MAX ? (int)number : -1;
}

/* Returns the descriptor of this process that the path names by links to /proc/self/fd/N; -1 if it names none. Opening
 * such a path anew would lose the place in a file, and fails for a socket. */
static int find_own_descriptor(const char *path)
{
    char present[PATH_MAX], folder[PATH_MAX], own[64], next[PATH_MAX], real[PATH_MAX];

    snprintf(own, sizeof(own), "/proc/%d/fd", (int)getpid());
    if (snprintf(present, sizeof(present), "%s", path) >= (int)sizeof(present))
        return -1;
    for (int links = 0; links < LINKS_MAX; links++) {
        snprintf(folder, sizeof(folder), "%s", present);
        if (!realpath(dirname(folder), real))
            return -1;
        const char *slash = strrchr(present, '/'), *name = slash ? slash + 1 : present;
        if (streq(real, own))
            return parse_descriptor(name);
        ssize_t n = readlink(present, next, sizeof(next) - 1);
        if (n < 0)
            return -1;
        next[n] = 0;
        if (snprintf(present, sizeof(present), "%s%s%s", *next == '/' ? "" : real, *next == '/' ? "" : "/",
                next) >= (int)sizeof(present))
            return -1;
    }
    return -1;
}

static int write_own_descriptor(int fd, const char *text)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    return copy < 0 ? -errno : write_text(copy, text);
}

/* Writes into what is there and no regular file. Doesn't wait for a reader of a FIFO. */
static int write_into(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) < 0) {
        int r = -errno;
        safe_close(fd);
        return r;
    }
    return write_text(fd, text);
}

/* Makes the file that a dangling link leads to: the kernel follows the link if it is safe to. */
static int make_target(const char *path)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    return fd < 0 ? -errno : 0;
}

static int replace_target(const char *path, const char *text)
{
    char real[PATH_MAX];

    return realpath(path, real) ? replace_file(real, text) : -errno;
}

/* Does it with a path that names no own descriptor. */
static int write_path(const char *path, const char *text, const char **ret_why)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        if (errno != ENOENT)
            return -errno;
        if (lstat(path, &st) < 0)
            return replace_file(path, text);
        int r = make_target(path);
        return r < 0 ? r : replace_target(path, text);
    }
    if (S_ISREG(st.st_mode)) {
        int r = replace_target(path, text);
        /* As in /proc: the file exists, its folder takes no other. */
        if (r == -ENOENT)
            *ret_why = "no file can be made in its folder";
        return r;
    }
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (S_ISSOCK(st.st_mode) || S_ISBLK(st.st_mode)) {
        *ret_why = S_ISSOCK(st.st_mode) ? "it is a socket" : "it is a block device";
        return -EINVAL;
    }
    int r = write_into(path, text);
    if (r == -ENXIO && S_ISFIFO(st.st_mode))
        *ret_why = "nobody reads the FIFO";
    return r;
}

int output_file_write(const char *path, const char *text, const char **ret_why)
{
    const char *why = NULL;
    int fd = streq(path, "-") ? STDOUT_FILENO : find_own_descriptor(path);
    int r = fd >= 0 ? write_own_descriptor(fd, text) : write_path(path, text, &why);

    if (r < 0)
        *ret_why = why ? why : strerror(-r);
    return r;
}
