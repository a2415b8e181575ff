#include "daemon/state/store.h"

#include "common/log.h"
#include "daemon/state/document.h"
#include "daemon/state/format.h"
#include "daemon/state/leftover.h"
#include "daemon/state/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_NAME "state.json"
#define TEMPORARY_NAME "state.json.new"
#define PREVIOUS_NAME "state.json.previous"

static void set_fault(struct store *store, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void set_fault(struct store *store, const char *format, ...)
{
    va_list arguments;

    free(store->fault);
    va_start(arguments, format);
    if (vasprintf(&store->fault, format, arguments) < 0)
        store->fault = NULL;
    va_end(arguments);
    if (store->fault)
        log_error("%s", store->fault);
}

static json_object *new_document(void)
{
    static const char empty[] = "{\"version\":0,\"settings\":{\"revision\":0},\"commits\":[],"
                                "\"registration\":{\"state\":\"unregistered\",\"since\":0}}";
    json_object *document = NULL;

    if (json_parse(empty, strlen(empty), &document) < 0)
        return NULL;
    json_object_set_int(json_object_object_get(document, "version"), FORMAT_VERSION);
    json_object_object_add(
        document_registration(document), "since", json_object_new_int64((int64_t)time(NULL)));
    return document;
}

/* Reads the whole file. The caller erases the text, which holds secrets. Returns -ENOENT if there is no file. */
static int read_file(const struct store *store, const char *name, char **ret_text, size_t *ret_size)
{
    _cleanup_close_ int fd = openat(store->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
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

static int set_aside_file(struct store *store)
{
    char stamp[32], name[64];
    time_t now = time(NULL);
    struct tm tm;
    int r = -EEXIST;

    gmtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    for (int i = 0; r == -EEXIST && i < 10; i++) {
        snprintf(
            name, sizeof(name), i ? LEFTOVER_CORRUPT_PREFIX "%s-%d" : LEFTOVER_CORRUPT_PREFIX "%s", stamp, i);
        r = renameat2(store->directory, FILE_NAME, store->directory, name, RENAME_NOREPLACE) < 0 ? -errno : 0;
    }
    if (r < 0)
        return r;
    return fsync(store->directory) < 0 ? -errno : 0;
}

/* Sets the fault if a damaged file was set aside: it stays until a person has removed the file. */
static void note_corrupt_file(struct store *store)
{
    char name[NAME_MAX + 1];

    if (leftover_find_corrupt(store->directory, name, sizeof(name)) >= 0)
        set_fault(store,
            "The state file could not be read and was set aside as %s/%s; the appliance started as new. "
            "Restore it or remove it.",
            store->path, name);
}

/* Parses a text and checks it as format_understand does. */
static int parse_document(
    const char *text, size_t size, json_object **ret, int64_t *ret_version, char *field, size_t field_size)
{
    _cleanup_json_erase_ json_object *document = NULL;
    int r = json_parse(text, size, &document);

    snprintf(field, field_size, "text");
    if (r >= 0)
        r = format_understand(document, ret_version, field, field_size);
    if (r >= 0)
        *ret = TAKE_PTR(document);
    return r;
}

static int load_document(struct store *store)
{
    char *text = NULL, field[128];
    int64_t version = 0;
    size_t size = 0;

    int r = read_file(store, FILE_NAME, &text, &size);
    if (r == -ENOENT)
        return 0;
    if (r < 0) {
        store->read_only = true;
        set_fault(store, "Can't read %s/%s: %s. It is left as it is.", store->path, FILE_NAME, strerror(-r));
        return 0;
    }

    r = parse_document(text, size, &store->document, &version, field, sizeof(field));
    if (text)
        explicit_bzero(text, size);
    free(text);
    if (r == -EOVERFLOW) {
        store->read_only = true;
        set_fault(store,
            "%s/%s has version %" PRId64
            ", but this program knows versions up to %d only. It is left as it is, "
            "and nothing is sent to the cloud: install the newer program again, or move the file away to "
            "start "
            "as new.",
            store->path, FILE_NAME, version, FORMAT_VERSION);
    } else if (r == -EBADMSG) {
        log_error("%s/%s is damaged (%s)", store->path, FILE_NAME, field);
        r = set_aside_file(store);
        if (r < 0) {
            store->read_only = true;
            set_fault(
                store, "%s/%s is damaged and can't be set aside: %s.", store->path, FILE_NAME, strerror(-r));
        }
    } else if (r >= 0 && version < FORMAT_VERSION)
        log_notice("%s/%s has version %" PRId64 "; the next change makes it version %d.", store->path,
            FILE_NAME, version, FORMAT_VERSION);
    return r == -ENOMEM ? r : 0;
}

int store_open(struct store *store, const char *path)
{
    *store = (struct store){ .directory = -1 };

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -errno;
    store->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->directory < 0)
        return -errno;
    if (flock(store->directory, LOCK_EX | LOCK_NB) < 0)
        return -errno;
    store->path = strdup(path);
    if (!store->path)
        return -ENOMEM;

    /* A crash may have left them; the state itself is whole. */
    leftover_discard(store->directory, TEMPORARY_NAME);
    leftover_discard(store->directory, PREVIOUS_NAME);

    int r = load_document(store);
    if (r < 0)
        return r;
    if (!store->fault)
        note_corrupt_file(store);
    if (!store->document)
        store->document = new_document();
    if (!store->document)
        return -ENOMEM;
    saved_read(&store->saved, store->document);
    return 0;
}

int store_open_nothing(struct store *store, const char *path, int error)
{
    *store = (struct store){ .directory = -1, .read_only = true };
    store->path = strdup(path);
    store->document = new_document();
    if (!store->path || !store->document)
        return -ENOMEM;
    set_fault(store, "Can't use the state directory %s: %s. It is looked for again by itself.", path,
        error == -EAGAIN ? "another threatresponsed uses it" : strerror(-error));
    saved_read(&store->saved, store->document);
    return 0;
}

void store_done(struct store *store)
{
    store->document = json_put_erased(store->document);
    store->directory = safe_close(store->directory);
    free(store->fault);
    free(store->path);
    *store = (struct store){ .directory = -1 };
}

json_object *store_begin(const struct store *store)
{
    json_object *copy = NULL;

    return json_object_deep_copy(store->document, &copy, NULL) < 0 ? NULL : copy;
}

static int write_temporary(int directory, const char *text, size_t size)
{
    unlinkat(directory, TEMPORARY_NAME, 0);
    _cleanup_close_ int fd =
        openat(directory, TEMPORARY_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
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

/* Renames the temporary file over the state file, for good or not at all: the old file keeps a second name until the
 * directory is on disk. */
static int replace_durably(int directory)
{
    int r = linkat(directory, FILE_NAME, directory, PREVIOUS_NAME, 0) < 0 ? -errno : 0;

    /* An earlier commit could not remove the second name. */
    if (r == -EEXIST && unlinkat(directory, PREVIOUS_NAME, 0) >= 0)
        r = linkat(directory, FILE_NAME, directory, PREVIOUS_NAME, 0) < 0 ? -errno : 0;
    bool had = r >= 0;
    if (!had && r != -ENOENT)
        return r;

    r = renameat(directory, TEMPORARY_NAME, directory, FILE_NAME) < 0 ? -errno : 0;
    if (r >= 0 && fsync(directory) < 0) {
        r = -errno;
        if (had)
            renameat(directory, PREVIOUS_NAME, directory, FILE_NAME);
        else
            unlinkat(directory, FILE_NAME, 0);
    }
    unlinkat(directory, PREVIOUS_NAME, 0);
    return r;
}

/* Writes the text of a document. json-c keeps the buffer of a text as long as the object that it was made for: that is
 * an array around the document here, which is freed at once. */
static int write_document(int directory, json_object *document)
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
    int r = size - 2 > STORE_SIZE_MAX ? -EFBIG : write_temporary(directory, text + 1, size - 2);
    json_erase_text(text, size);
    return r;
}

/* Reads the temporary file as the next start would read the state. Returns 0, -EBADMSG if that start could not understand
 * it, or another negative errno. */
static int read_back(const struct store *store)
{
    _cleanup_json_erase_ json_object *document = NULL;
    char *text = NULL, field[128];
    int64_t version;
    size_t size = 0;

    int r = read_file(store, TEMPORARY_NAME, &text, &size);
    if (r < 0)
        return r;
    r = parse_document(text, size, &document, &version, field, sizeof(field));
    if (text)
        explicit_bzero(text, size);
    free(text);
    if (r == -EBADMSG)
        log_error("The new state can't be understood (%s); the old one stays.", field);
    return r;
}

static int replace_file(struct store *store, json_object *document)
{
    _cleanup_close_ int old = -1;

    int r = write_document(store->directory, document);
    if (r >= 0)
        r = read_back(store);
    if (r >= 0 && schema_drops_secret(schema_state_file, store->document, document))
        old = openat(store->directory, FILE_NAME, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (r >= 0)
        r = replace_durably(store->directory);
    if (r < 0)
        leftover_discard(store->directory, TEMPORARY_NAME);
    else if (old >= 0)
        leftover_erase(old);
    return r;
}

int store_commit(struct store *store, json_object *document)
{
    _cleanup_json_erase_ json_object *new = document;

    if (store->read_only)
        return -EROFS;

    int r = replace_file(store, new);
    if (r < 0) {
        set_fault(store, "Can't write %s/%s: %s.", store->path, FILE_NAME, strerror(-r));
        return r;
    }

    json_object *previous = store->document;
    store->document = new;
    saved_read(&store->saved, new);
    new = previous;
    if (store->fault) {
        free(store->fault);
        store->fault = NULL;
        note_corrupt_file(store);
    }
    return 0;
}

void store_destroy_corrupt(struct store *store)
{
    char name[NAME_MAX + 1];
    int r = 0;

    while (r >= 0 && leftover_find_corrupt(store->directory, name, sizeof(name)) >= 0) {
        r = leftover_discard(store->directory, name);
        if (r >= 0)
            log_notice(
                "The damaged state %s/%s, which may have held a key, is destroyed.", store->path, name);
        else
            log_error("The damaged state %s/%s, which may hold a key, can't be destroyed: %s", store->path,
                name, strerror(-r));
    }
    free(store->fault);
    store->fault = NULL;
    note_corrupt_file(store);
}
