#include "daemon/state/leftover.h"

#include "common/erase-file.h"
#include "common/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

void leftover_overwrite(int directory, const char *name)
{
    _cleanup_close_ int fd = openat(directory, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd >= 0)
        erase_file(fd);
}

int leftover_discard(int directory, const char *name)
{
    _cleanup_close_ int fd = openat(directory, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;

    if (unlinkat(directory, name, 0) < 0)
        return -errno;
    /* With another name it is the state itself. */
    if (fd >= 0 && fstat(fd, &st) >= 0 && st.st_nlink == 0)
        erase_file(fd);
    return 0;
}

int leftover_find_corrupt(int directory, char *out, size_t size)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = -ENOENT;
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);

    if (!stream) {
        safe_close(fd);
        return r;
    }
    for (struct dirent *entry; r < 0 && (entry = readdir(stream));)
        if (strncmp(entry->d_name, LEFTOVER_CORRUPT_PREFIX, strlen(LEFTOVER_CORRUPT_PREFIX)) == 0) {
            snprintf(out, size, "%s", entry->d_name);
            r = 0;
        }
    closedir(stream);
    return r;
}
