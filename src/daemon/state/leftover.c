#include "daemon/state/leftover.h"

#include "common/erase-file.h"
#include "common/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

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

#define MENDED_SUFFIX "-mended"

int leftover_set_aside(int directory, const char *file, bool mended, char *name, size_t size)
{
    time_t now = time(NULL);
    struct tm tm;
    char stamp[32], number[16] = "";
    int r = -EEXIST;

    gmtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    for (int i = 0; r == -EEXIST && i < 10; i++) {
        if (i > 0)
            snprintf(number, sizeof(number), "-%d", i);
        snprintf(name, size, LEFTOVER_CORRUPT_PREFIX "%s%s%s", stamp, number, mended ? MENDED_SUFFIX : "");
        r = mended ? linkat(directory, file, directory, name, 0)
                   : renameat2(directory, file, directory, name, RENAME_NOREPLACE);
        r = r < 0 ? -errno : 0;
    }
    if (r < 0)
        return r;
    return fsync(directory) < 0 ? -errno : 0;
}

bool leftover_was_mended(const char *name)
{
    size_t length = strlen(name), suffix = strlen(MENDED_SUFFIX);

    return length > suffix && streq(name + length - suffix, MENDED_SUFFIX);
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
