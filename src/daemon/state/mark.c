#include "daemon/state/mark.h"

#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Returns the path of the mark; NULL if the directory has no name of its own, or without memory. The caller
 * frees. */
static char *make_path(const char *directory)
{
    size_t length = strlen(directory);
    char *path;

    while (length > 0 && directory[length - 1] == '/')
        length--;
    if (length == 0 || directory[length - 1] == '.')
        return NULL;
    return asprintf(&path, "%.*s.mark", (int)length, directory) < 0 ? NULL : path;
}

static int open_file(const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0))
        return -EPERM;
    return TAKE_FD(fd);
}

void mark_open(struct mark *mark, const char *directory, const char *machine_id)
{
    _cleanup_free_ char *path = make_path(directory);
    char found[sizeof(mark->machine)] = "";

    *mark = (struct mark){ .fd = path ? open_file(path) : -EINVAL };
    /* All machines without an id have the same mark. */
    snprintf(mark->machine, sizeof(mark->machine), "%s\n", *machine_id ? machine_id : "-");
    if (mark->fd < 0) {
        log_notice(
            "The mark beside %s can't be made, so the daemon can't notice a loss of the state, ignoring: %s",
            directory, strerror(-mark->fd));
        mark->fd = -1;
    } else if (pread(mark->fd, found, sizeof(found) - 1, 0) >= 0)
        mark->set = streq(found, mark->machine);
}

void mark_set(struct mark *mark)
{
    ssize_t length = (ssize_t)strlen(mark->machine);

    if (mark->fd < 0 || mark->set)
        return;
    if (ftruncate(mark->fd, 0) < 0 || pwrite(mark->fd, mark->machine, (size_t)length, 0) != length ||
        fdatasync(mark->fd) < 0)
        log_notice("The mark beside the state can't be written, ignoring: %s", strerror(errno));
    else
        mark->set = true;
}

void mark_close(struct mark *mark)
{
    mark->fd = safe_close(mark->fd);
}
