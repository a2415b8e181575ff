#include "sandbox/base/store.h"

#include "common/erase-file.h"
#include "common/json.h"
#include "common/ownership.h"
#include "sandbox/base/region.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define NAME_MAX_LENGTH 600

static int make_folders(int fd)
{
    static const char *const folders[] = { "tokens", "enrollments", "pending", "contexts" };
    const struct host *host;

    for (size_t i = 0; i < ELEMENTS(folders); i++)
        if (mkdirat(fd, folders[i], 0700) < 0 && errno != EEXIST)
            return -errno;
    for (size_t i = 0; (host = host_at(SERVICE_SSE, i)); i++) {
        char folder[40];

        snprintf(folder, sizeof(folder), "contexts/%s", host->region);
        if (mkdirat(fd, folder, 0700) < 0 && errno != EEXIST)
            return -errno;
    }
    return 0;
}

int store_open_directory(const char *directory, bool create, struct store *ret)
{
    _cleanup_close_ int fd = -1;
    _cleanup_free_ char *path = NULL;
    char why[2048];
    int r;

    if (create && mkdir(directory, 0700) < 0 && errno != EEXIST)
        return -errno;
    path = realpath(directory, NULL);
    if (!path)
        return -errno;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (!ownership_is_safe(directory, why, sizeof(why))) {
        fprintf(stderr, "trsandbox: %s\n", why);
        return -EPERM;
    }
    if (create) {
        r = make_folders(fd);
        if (r < 0)
            return r;
    }
    *ret = (struct store){ .fd = TAKE_FD(fd), .path = TAKE_PTR(path) };
    return 0;
}

void store_close(struct store *store)
{
    safe_close(store->fd);
    free(store->path);
    *store = STORE_EMPTY;
}

int store_lock(const struct store *store)
{
    _cleanup_close_ int fd = -1;

    fd = openat(store->fd, "state.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    while (flock(fd, LOCK_EX) < 0)
        if (errno != EINTR)
            return -errno;
    return TAKE_FD(fd);
}

int store_lock_server(const struct store *store, long *ret_pid)
{
    _cleanup_close_ int fd = -1;
    char text[24] = "";

    fd = openat(store->fd, "server.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK && pread(fd, text, sizeof(text) - 1, 0) >= 0)
            *ret_pid = strtol(text, NULL, 10);
        return -errno;
    }
    snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0)
        return -errno;
    return TAKE_FD(fd);
}

/* Reads a whole file. Returns -ESTALE if it was replaced meanwhile, since its text may be
 * overwritten then. */
static int read_once(const struct store *store, const char *name, char **ret, size_t *ret_size)
{
    _cleanup_close_ int fd = -1;
    _cleanup_free_ char *data = NULL;
    size_t size = 0;
    struct stat st;

    fd = openat(store->fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EBADMSG;
    data = malloc((size_t)st.st_size + 1);
    if (!data)
        return -ENOMEM;
    while (size < (size_t)st.st_size) {
        ssize_t n = read(fd, data + size, (size_t)st.st_size - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        size += (size_t)n;
    }
    if (fstat(fd, &st) < 0 || st.st_nlink == 0)
        return -ESTALE;
    data[size] = '\0';
    *ret = TAKE_PTR(data);
    if (ret_size)
        *ret_size = size;
    return 0;
}

int store_read(const struct store *store, const char *name, char **ret, size_t *ret_size)
{
    int r;

    do
        r = read_once(store, name, ret, ret_size);
    while (r == -ESTALE);
    return r;
}

/* Opens a file, to overwrite it after its name is removed. Returns -1 if there is no file. */
static int open_old(const struct store *store, const char *name)
{
    return openat(store->fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

int store_write(const struct store *store, const char *name, const void *data, size_t size)
{
    _cleanup_close_ int fd = -1, old = open_old(store, name);
    char temporary[NAME_MAX_LENGTH];
    int r;

    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.tmp", name) >= sizeof(temporary))
        return -ENAMETOOLONG;
    fd = openat(store->fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = write_all(fd, data, size);
    if (r >= 0 && renameat(store->fd, temporary, store->fd, name) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlinkat(store->fd, temporary, 0);
        erase_file(fd);
    } else if (old >= 0)
        erase_file(old);
    return r;
}

int store_read_json(const struct store *store, const char *name, json_object **ret)
{
    _cleanup_free_ char *text = NULL;
    _cleanup_json_ json_object *document = NULL;
    int r;

    r = store_read(store, name, &text, NULL);
    if (r < 0)
        return r;
    document = json_tokener_parse(text);
    if (!json_object_is_type(document, json_type_object) && !json_object_is_type(document, json_type_array))
        return -EBADMSG;
    *ret = TAKE_PTR(document);
    return 0;
}

int store_write_json(const struct store *store, const char *name, json_object *document)
{
    size_t size;
    const char *text;

    text = json_object_to_json_string_length(
        document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    if (!text)
        return -ENOMEM;
    return store_write(store, name, text, size);
}

int store_remove(const struct store *store, const char *name)
{
    _cleanup_close_ int old = open_old(store, name);

    if (unlinkat(store->fd, name, 0) < 0)
        return -errno;
    if (old >= 0)
        erase_file(old);
    return 0;
}

static int is_document(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

int store_list(const struct store *store, const char *folder, json_object **ret)
{
    _cleanup_json_ json_object *array = json_object_new_array();
    struct dirent **entries;
    int n, r = 0;

    if (!array)
        return -ENOMEM;
    n = scandirat(store->fd, folder, &entries, is_document, alphasort);
    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++) {
        char name[NAME_MAX_LENGTH];
        json_object *document;

        snprintf(name, sizeof(name), "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        if (r < 0 || store_read_json(store, name, &document) < 0)
            continue;
        if (json_object_array_add(array, document) < 0) {
            json_object_put(document);
            r = -ENOMEM;
        }
    }
    free(entries);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(array);
    return 0;
}
