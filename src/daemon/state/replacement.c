#include "daemon/state/replacement.h"

#include "daemon/state/leftover.h"
#include "daemon/state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int replacement_read(int directory, const char *name, char **ret_text, size_t *ret_size)
{
    _cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0))
        return -EPERM;
    if (st.st_size > STORE_SIZE_MAX)
        return -EFBIG;
    if ((st.st_mode & 077) && fchmod(fd, 0600) < 0)
        return -errno;

    char *text = malloc((size_t)st.st_size + 1);
    if (!text)
        return -ENOMEM;
    ssize_t n = read(fd, text, (size_t)st.st_size);
    if (n < 0) {
        free(text);
        return -errno;
    }

    *ret_text = text;
    *ret_size = (size_t)n;
    return 0;
}

static int write_text(int directory, const char *text, size_t size)
{
    leftover_discard(directory, REPLACEMENT_NEW);
    _cleanup_close_ int fd =
        openat(directory, REPLACEMENT_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;

    while (size > 0) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        text += n;
        size -= (size_t)n;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/* Wraps the document in an array: json-c keeps the buffer of a text as long as the object it was made for,
 * and the array is freed at once. */
int replacement_write(int directory, json_object *document)
{
    _cleanup_json_ json_object *array = json_object_new_array();
    size_t size;

    if (!array)
        return -ENOMEM;
    if (json_object_array_add(array, json_object_get(document)) < 0) {
        json_object_put(document);
        return -ENOMEM;
    }
    const char *text = json_text(array, &size);
    if (!text)
        return -ENOMEM;
    int r = size - 2 > STORE_SIZE_MAX ? -EFBIG : write_text(directory, text + 1, size - 2);
    json_erase_text(text, size);
    return r;
}

/* Keeps a second name of the old file until the directory is synced and the file is overwritten, so that the
 * next start finds the file after an interruption. */
int replacement_finish(int directory, bool erase)
{
    int r = linkat(directory, REPLACEMENT_FILE, directory, REPLACEMENT_PREVIOUS, 0) < 0 ? -errno : 0;

    /* An earlier commit could not remove the second name. */
    if (r == -EEXIST && leftover_discard(directory, REPLACEMENT_PREVIOUS) >= 0)
        r = linkat(directory, REPLACEMENT_FILE, directory, REPLACEMENT_PREVIOUS, 0) < 0 ? -errno : 0;
    bool had = r >= 0;
    if (!had && r != -ENOENT)
        return r;

    r = renameat(directory, REPLACEMENT_NEW, directory, REPLACEMENT_FILE) < 0 ? -errno : 0;
    if (r >= 0 && fsync(directory) < 0) {
        r = -errno;
        if (had)
            renameat(directory, REPLACEMENT_PREVIOUS, directory, REPLACEMENT_FILE);
        else
            unlinkat(directory, REPLACEMENT_FILE, 0);
    }
    if (r >= 0 && had && erase)
        leftover_overwrite(directory, REPLACEMENT_PREVIOUS);
    unlinkat(directory, REPLACEMENT_PREVIOUS, 0);
    return r;
}

void replacement_clean(int directory)
{
    leftover_discard(directory, REPLACEMENT_NEW);
    leftover_discard(directory, REPLACEMENT_PREVIOUS);
}
