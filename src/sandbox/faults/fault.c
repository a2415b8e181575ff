#include "sandbox/faults/fault.h"

#include "common/json.h"
#include "sandbox/faults/check.h"
#include "sandbox/faults/kinds.h"

#include <errno.h>
#include <string.h>

#define FILE_NAME "faults.json"

int fault_list(const struct store *store, json_object **ret)
{
    json_object *document;
    int r;

    r = store_read_json(store, FILE_NAME, &document);
    if (r == -ENOENT) {
        document = json_object_new_array();
        if (!document)
            return -ENOMEM;
    } else if (r < 0) {
        return r;
    } else if (!json_object_is_type(document, json_type_array)) {
        json_object_put(document);
        return -EBADMSG;
    }
    *ret = document;
    return 0;
}

/* Returns the descriptor of the lock that goes with the document. */
static int lock_document(const struct store *store, json_object **ret)
{
    _cleanup_close_ int lock = store_lock(store);
    int r;

    if (lock < 0)
        return lock;
    r = fault_list(store, ret);
    return r < 0 ? r : TAKE_FD(lock);
}

static int save_document(const struct store *store, json_object *document)
{
    int r;

    if (json_object_array_length(document) > 0)
        return store_write_json(store, FILE_NAME, document);
    /* a request without a file to read is faster */
    r = store_remove(store, FILE_NAME);
    return r == -ENOENT ? 0 : r;
}

static bool has_text(json_object *entry, const char *key, const char *text)
{
    return streq0(json_get_string(entry, key), text);
}

static int write_entry(const struct fault *fault, json_object **ret)
{
    _cleanup_json_ json_object *entry = json_object_new_object();
    int r;

    r = json_add_string(entry, "endpoint", fault->endpoint);
    if (r >= 0)
        r = json_add_string(entry, "kind", fault->kind->name);
    if (r >= 0)
        r = json_add_string(entry, "value", fault->value);
    if (r >= 0)
        r = json_add_string(entry, "retryAfter", fault->retry_after);
    if (r >= 0)
        r = json_add_string(entry, "code", fault->code);
    if (r >= 0 && fault->times > 0)
        r = json_add_int(entry, "times", fault->times);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(entry);
    return 0;
}

int fault_switch_on(const struct store *store, const struct fault *fault)
{
    _cleanup_json_ json_object *document = NULL, *added = NULL;
    _cleanup_close_ int lock = lock_document(store, &document);
    int r;

    if (lock < 0)
        return lock;
    for (size_t i = json_object_array_length(document); i > 0; i--) {
        json_object *entry = json_object_array_get_idx(document, i - 1);

        if (has_text(entry, "endpoint", fault->endpoint) && has_text(entry, "kind", fault->kind->name))
            json_object_array_del_idx(document, i - 1, 1);
    }
    r = write_entry(fault, &added);
    if (r < 0)
        return r;
    if (json_object_array_add(document, added) < 0)
        return -ENOMEM;
    added = NULL;
    return save_document(store, document);
}

int fault_switch_off(const struct store *store, const char *endpoint)
{
    _cleanup_json_ json_object *document = NULL;
    _cleanup_close_ int lock = lock_document(store, &document);
    int r, n = 0;

    if (lock < 0)
        return lock;
    for (size_t i = json_object_array_length(document); i > 0; i--)
        if (!endpoint || has_text(json_object_array_get_idx(document, i - 1), "endpoint", endpoint)) {
            json_object_array_del_idx(document, i - 1, 1);
            n++;
        }
    r = save_document(store, document);
    return r < 0 ? r : n;
}

static bool applies_to(json_object *entry, const char *endpoint, const char *host)
{
    const char *of = json_get_string(entry, "endpoint");

    if (!of)
        return false;
    if (host && strncmp(of, "tls:", 4) == 0)
        return streq(of + 4, host);
    if (!host && streq(of, "est"))
        return fault_places(endpoint) & PLACE_EST;
    return streq(of, endpoint) || (!host && streq(of, "all"));
}

static bool read_entry(json_object *entry, struct fault *ret)
{
    const char *kind = json_get_string(entry, "kind"), *problem;
    struct fault fault = {
        .kind = kind ? fault_kind_find(kind) : NULL,
        .endpoint = json_get_string(entry, "endpoint"),
        .value = json_get_string(entry, "value"),
        .retry_after = json_get_string(entry, "retryAfter"),
        .code = json_get_string(entry, "code"),
        .times = json_get_int(entry, "times", 0),
    };

    /* the file may have been written by hand */
    if (!fault.kind || !fault.endpoint || fault_check(&fault, &problem) < 0)
        return false;
    *ret = fault;
    return true;
}

/* Fills the set with the faults that apply, and *ret_left with the entries that stay on. Returns 1 if an entry was
 * counted down, 0 otherwise, or -ENOMEM. */
static int take_entries(json_object *document, const char *endpoint, const char *host, struct fault_set *set,
    json_object **ret_left)
{
    _cleanup_json_ json_object *left = json_object_new_array();
    int changed = 0, r = 0;

    for (size_t i = 0; left && r >= 0 && i < json_object_array_length(document); i++) {
        json_object *entry = json_object_array_get_idx(document, i);
        bool taken = set->n < FAULT_LIMIT && applies_to(entry, endpoint, host) &&
                     read_entry(entry, &set->faults[set->n]);
        int64_t times = taken ? set->faults[set->n].times : 0;

        set->n += taken;
        changed |= times > 0;
        if (times > 1)
            r = json_add_int(entry, "times", times - 1);
        if (times != 1 && json_object_array_add(left, json_object_get(entry)) < 0)
            r = -ENOMEM;
    }
    if (!left)
        return -ENOMEM;
    *ret_left = TAKE_PTR(left);
    return r < 0 ? r : changed;
}

int fault_take(const struct store *store, const char *endpoint, const char *host, struct fault_set *ret)
{
    _cleanup_json_ json_object *document = NULL, *left = NULL;
    _cleanup_close_ int lock = -1;
    struct fault_set set = { .n = 0 };
    int r;

    *ret = set;
    if (faccessat(store->fd, FILE_NAME, F_OK, 0) < 0)
        return 0;
    lock = lock_document(store, &document);
    if (lock < 0)
        return lock;
    r = take_entries(document, endpoint, host, &set, &left);
    if (r > 0)
        r = save_document(store, left);
    if (r < 0)
        return r;
    set.document = TAKE_PTR(document);
    *ret = set;
    return 0;
}

void fault_set_done(struct fault_set *set)
{
    json_object_put(set->document);
    set->document = NULL;
}
