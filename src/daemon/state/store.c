#include "daemon/state/store.h"

#include "common/lock-file.h"
#include "common/log.h"
#include "common/ownership.h"
#include "daemon/state/document.h"
#include "daemon/state/format.h"
#include "daemon/state/leftover.h"
#include "daemon/state/repair.h"
#include "daemon/state/replacement.h"
#include "daemon/state/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum {
    WHY_MAX = 2048, /* holds a sentence with two paths */
};

static void set_fault(struct store *store, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void clear_fault(struct store *store)
{
    free(store->fault);
    store->fault = NULL;
    if (store->changed)
        store->changed(store->userdata);
}

static void set_fault(struct store *store, const char *format, ...)
{
    _cleanup_free_ char *former = TAKE_PTR(store->fault);
    va_list arguments;

    clear_fault(store);
    va_start(arguments, format);
    if (vasprintf(&store->fault, format, arguments) < 0)
        store->fault = NULL;
    va_end(arguments);
    if (store->fault && !streq0(store->fault, former))
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

/* Sets the fault if a damaged file was set aside. The fault lasts until a person removes the file. */
static void note_corrupt_file(struct store *store)
{
    char name[NAME_MAX + 1];

    if (leftover_find_corrupt(store->directory, name, sizeof(name)) >= 0) {
        store->found = true;
        set_fault(store,
            leftover_was_mended(name)
                ? "The state file was damaged and was set aside as %s/%s; what was "
                  "good of it is in use. Look what the "
                  "log says, then remove it."
                : "The state file could not be read and was set aside as %s/%s; the "
                  "appliance started as new, and its device may still be in the portal. "
                  "Stop the daemon to restore it, or remove it.",
            store->path, name);
    }
}

/* Parses a text and checks it by format_understand(). Also returns a damaged document, if it is JSON. */
static int parse_document(
    const char *text, size_t size, json_object **ret, int64_t *ret_version, char *field, size_t field_size)
{
    *ret = NULL;
    snprintf(field, field_size, "text");
    int r = json_parse(text, size, ret);
    return r < 0 ? r : format_understand(*ret, ret_version, field, field_size);
}

/* Mends a damaged document: renames the damaged file, and writes the mended one in its place. Returns
 * -EBADMSG if nothing could be kept. */
static int mend_document(struct store *store, json_object **document)
{
    char dropped[512], field[128], aside[NAME_MAX + 1];
    int64_t version;

    int lost = repair_document(*document, dropped, sizeof(dropped));
    int r = lost < 0 ? lost : format_understand(*document, &version, field, sizeof(field));
    if (r < 0)
        return r;
    log_error("%s/%s is damaged; dropped from it: %s", store->path, REPLACEMENT_FILE, dropped);
    if (lost > 0)
        log_error("The registration could not be kept, except for an undamaged guid.");
    store->document = TAKE_PTR(*document);
    r = leftover_set_aside(store->directory, REPLACEMENT_FILE, true, aside, sizeof(aside));
    if (r >= 0)
        r = replacement_write(store->directory, store->document);
    /* Don't overwrite the damaged file: it was set aside. */
    if (r >= 0)
        r = replacement_finish(store->directory, false);
    if (r < 0) {
        leftover_discard(store->directory, REPLACEMENT_NEW);
        store->read_only = true;
        set_fault(
            store, "%s/%s is damaged and can't be mended: %s.", store->path, REPLACEMENT_FILE, strerror(-r));
    }
    return r == -ENOMEM ? r : 0;
}

static int set_aside(struct store *store)
{
    char name[NAME_MAX + 1];
    int r = leftover_set_aside(store->directory, REPLACEMENT_FILE, false, name, sizeof(name));

    if (r < 0) {
        store->read_only = true;
        set_fault(store, "%s/%s is damaged and can't be set aside: %s.", store->path, REPLACEMENT_FILE,
            strerror(-r));
    }
    return 0;
}

/* Takes the text of the file as the state, mends it, or sets the fault. */
static int take_text(struct store *store, const char *text, size_t size)
{
    _cleanup_json_erase_ json_object *document = NULL;
    int64_t version = 0;
    char field[128];

    int r = parse_document(text, size, &document, &version, field, sizeof(field));
    if (r >= 0)
        store->document = TAKE_PTR(document);
    if (r >= 0 && version < FORMAT_VERSION)
        log_notice("%s/%s has version %" PRId64 "; the next change makes it version %d.", store->path,
            REPLACEMENT_FILE, version, FORMAT_VERSION);
    if (r == -EOVERFLOW) {
        store->read_only = true;
        set_fault(store,
            "%s/%s has version %" PRId64
            ", but this program knows versions up to %d only. It is left as it is, "
            "and nothing is sent to the cloud: install the newer program again, or move the file away and "
            "run "
            "reset-identity to start as new.",
            store->path, REPLACEMENT_FILE, version, FORMAT_VERSION);
    } else if (r == -EBADMSG) {
        log_error("%s/%s is damaged (%s)", store->path, REPLACEMENT_FILE, field);
        if (document)
            r = mend_document(store, &document);
        if (r == -EBADMSG)
            r = set_aside(store);
    }
    return r == -ENOMEM ? r : 0;
}

static int load_document(struct store *store)
{
    char *text = NULL;
    size_t size = 0;

    int r = replacement_read(store->directory, REPLACEMENT_FILE, &text, &size);
    if (r == -ENOENT)
        return 0;
    store->found = true;
    if (r < 0) {
        store->read_only = true;
        set_fault(
            store, "Can't read %s/%s: %s. It is left as it is.", store->path, REPLACEMENT_FILE, strerror(-r));
        return 0;
    }
    r = take_text(store, text, size);
    if (text)
        explicit_bzero(text, size);
    free(text);
    return r;
}

/* Makes the directory if it is missing, and locks it. Returns its descriptor, or a negative errno and the
 * reason in why[size]. */
static int try_directory(const char *path, char *why, size_t size)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -errno;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = lock_file(fd);
    if (r < 0)
        return r;
    if (!ownership_is_safe(path, why, size))
        return -EPERM;
    return TAKE_FD(fd);
}

static int open_directory(const char *path, char *why, size_t size)
{
    *why = 0;
    int fd = try_directory(path, why, size);
    if (fd < 0 && !*why)
        snprintf(why, size, "%s", fd == -EAGAIN ? "another threatresponsed uses it" : strerror(-fd));
    return fd;
}

int store_open(struct store *store, const char *path)
{
    char why[WHY_MAX];
    int fd = open_directory(path, why, sizeof(why));

    *store = (struct store){ .directory = fd < 0 ? -1 : fd, .mark.fd = -1 };
    if (fd < 0 &&
        asprintf(&store->fault, "Can't use the state directory %s: %s%s", path, why,
            fd == -ENOTDIR ? "; move the file there away, or name another place by --state-directory" : "") <
            0)
        store->fault = NULL;
    if (fd < 0)
        return fd;
    store->path = strdup(path);
    if (!store->path)
        return -ENOMEM;

    /* A crash may have left them; the state itself is whole. */
    replacement_clean(store->directory);

    int r = load_document(store);
    if (r < 0)
        return r;
    if (!store->fault)
        note_corrupt_file(store);
    if (!store->document) {
        store->document = new_document();
        /* A lost state can't tell: it counts as registered. */
        if (store->document && store->found)
            document_set(store->document, "everRegistered", json_object_new_boolean(true));
    }
    if (!store->document)
        return -ENOMEM;
    saved_read(&store->saved, store->document);
    return 0;
}

int store_open_nothing(struct store *store, const char *path, const char *fault)
{
    *store = (struct store){ .directory = -1, .mark.fd = -1, .read_only = true };
    store->path = strdup(path);
    store->document = new_document();
    if (!store->path || !store->document)
        return -ENOMEM;
    set_fault(store, "%s. It is looked for again by itself.", fault ? fault : "There is no memory");
    saved_read(&store->saved, store->document);
    return 0;
}

void store_done(struct store *store)
{
    store->document = json_put_erased(store->document);
    store->directory = safe_close(store->directory);
    mark_close(&store->mark);
    free(store->fault);
    free(store->path);
    *store = (struct store){ .directory = -1, .mark.fd = -1 };
}

void store_watch_loss(struct store *store, const char *machine_id)
{
    mark_open(&store->mark, store->path, machine_id);
    if (store->found)
        mark_set(&store->mark);
    else if (store->mark.set && !store->fault) {
        store->lost = store->read_only = true;
        set_fault(store,
            "This appliance was set up before, but there is no state in %s. Nothing is sent to the cloud: "
            "bring the "
            "state back, or run reset-identity to start as new.",
            store->path);
    }
}

void store_start_as_new(struct store *store)
{
    if (!store->lost)
        return;
    store->lost = store->read_only = false;
    clear_fault(store);
}

bool store_is_back(const struct store *store)
{
    _cleanup_close_ int fd = open(store->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 && faccessat(fd, REPLACEMENT_FILE, F_OK, AT_SYMLINK_NOFOLLOW) >= 0;
}

json_object *store_begin(const struct store *store)
{
    json_object *copy = NULL;

    return json_object_deep_copy(store->document, &copy, NULL) < 0 ? NULL : copy;
}

/* Reads the temporary file as the next start would read the state. Returns 0, -EBADMSG if that start could not understand
 * it, or another negative errno. */
static int read_back(const struct store *store)
{
    _cleanup_json_erase_ json_object *document = NULL;
    char *text = NULL, field[128];
    int64_t version;
    size_t size = 0;

    int r = replacement_read(store->directory, REPLACEMENT_NEW, &text, &size);
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
    int r = replacement_write(store->directory, document);

    if (r >= 0)
        r = read_back(store);
    if (r >= 0)
        r = replacement_finish(store->directory, schema_holds_secret(schema_state_file, store->document));
    if (r < 0)
        leftover_discard(store->directory, REPLACEMENT_NEW);
    return r;
}

/* Returns true if the path leads to the open directory. */
static bool path_leads_here(const struct store *store)
{
    struct stat held, named;

    return fstat(store->directory, &held) >= 0 && stat(store->path, &named) >= 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* Compares the open directory with the path. If the path leads to another directory or none, opens that one,
 * unless it has a state of its own. */
static int follow_path(struct store *store)
{
    char why[WHY_MAX];

    if (path_leads_here(store))
        return 0;
    int fd = store_is_back(store) ? -ESTALE : open_directory(store->path, why, sizeof(why));
    if (fd == -ESTALE)
        set_fault(store,
            "The state directory %s was replaced, and the new one has a state of its own, which is left as "
            "it is. "
            "Restart the daemon to use it.",
            store->path);
    else if (fd < 0)
        set_fault(store,
            "The state directory %s was removed and can't be used: %s. Restart the daemon when it is back.",
            store->path, why);
    if (fd < 0)
        return fd;
    safe_close(store->directory);
    store->directory = fd;
    store->replaced = true;
    log_notice("The state directory %s was replaced; the new one gets the state.", store->path);
    return 0;
}

int store_commit(struct store *store, json_object *document)
{
    _cleanup_json_erase_ json_object *new = document;

    if (store->read_only)
        return -EROFS;

    int r = follow_path(store);
    if (r < 0)
        return r;
    r = replace_file(store, new);
    store->unwritten = r < 0;
    if (r < 0) {
        set_fault(store, "Can't write %s/%s: %s.%s", store->path, REPLACEMENT_FILE, strerror(-r),
            store->replaced ? " The directory was replaced: restart the daemon when the former one is back."
                            : "");
        return r;
    }
    store->replaced = false;
    mark_set(&store->mark);

    json_object *previous = store->document;
    store->document = new;
    saved_read(&store->saved, new);
    new = previous;
    if (store->fault) {
        clear_fault(store);
        note_corrupt_file(store);
    }
    return 0;
}

bool store_may_look_again(const struct store *store)
{
    return store->fault && !store->read_only && store->directory >= 0;
}

void store_look_again(struct store *store)
{
    char name[NAME_MAX + 1];

    if (!store_may_look_again(store) || store->replaced || !path_leads_here(store))
        return;
    json_object *document = store->unwritten ? store_begin(store) : NULL;
    if (document)
        (void)store_commit(store, document);
    else if (!store->unwritten && leftover_find_corrupt(store->directory, name, sizeof(name)) < 0)
        clear_fault(store);
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
    clear_fault(store);
    note_corrupt_file(store);
}
