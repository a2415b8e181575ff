#include "sandbox/faults/fault.h"

#include "common/json.h"

#include <errno.h>
#include <stdio.h>
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

static int save(const struct store *store, json_object *document)
{
    int r;

    if (json_object_array_length(document) > 0)
        return store_write_json(store, FILE_NAME, document);
    /* without a file a request need not look any further */
    r = store_remove(store, FILE_NAME);
    return r == -ENOENT ? 0 : r;
}

static bool same(json_object *entry, const char *key, const char *text)
{
    const char *value = json_get_string(entry, key);

    return value && strcmp(value, text) == 0;
}

static int to_json(const struct fault *fault, json_object **ret)
{
    _cleanup_json_ json_object *entry = json_object_new_object();
    int r;

    if (!entry)
        return -ENOMEM;
    r = json_add_string(entry, "endpoint", fault->endpoint);
    if (r >= 0)
        r = json_add_string(entry, "kind", fault->kind->name);
    if (r >= 0 && fault->value)
        r = json_add_string(entry, "value", fault->value);
    if (r >= 0 && fault->retry_after)
        r = json_add_string(entry, "retryAfter", fault->retry_after);
    if (r >= 0 && fault->code)
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
    _cleanup_json_ json_object *document = NULL;
    _cleanup_close_ int lock = -1;
    json_object *entry;
    int r;

    lock = store_lock(store);
    if (lock < 0)
        return lock;
    r = fault_list(store, &document);
    if (r < 0)
        return r;
    for (size_t i = json_object_array_length(document); i > 0; i--) {
        entry = json_object_array_get_idx(document, i - 1);
        if (same(entry, "endpoint", fault->endpoint) && same(entry, "kind", fault->kind->name))
            json_object_array_del_idx(document, i - 1, 1);
    }
    r = to_json(fault, &entry);
    if (r < 0)
        return r;
    if (json_object_array_add(document, entry) < 0) {
        json_object_put(entry);
        return -ENOMEM;
    }
    return save(store, document);
}

int fault_switch_off(const struct store *store, const char *endpoint)
{
    _cleanup_json_ json_object *document = NULL;
    _cleanup_close_ int lock = -1;
    int r, n = 0;

    lock = store_lock(store);
    if (lock < 0)
        return lock;
    r = fault_list(store, &document);
    if (r < 0)
        return r;
    for (size_t i = json_object_array_length(document); i > 0; i--)
        if (!endpoint || same(json_object_array_get_idx(document, i - 1), "endpoint", endpoint)) {
            json_object_array_del_idx(document, i - 1, 1);
            n++;
        }
    r = save(store, document);
    return r < 0 ? r : n;
}

/* host is NULL for a request, the host for a handshake. */
static bool matches(json_object *entry, const char *endpoint, const char *host)
{
    const char *of = json_get_string(entry, "endpoint");

    if (!of)
        return false;
    if (host && strncmp(of, "tls:", 4) == 0)
        return strcmp(of + 4, host) == 0;
    if (!host && strcmp(of, "est") == 0)
        return fault_places(endpoint) & PLACE_EST;
    return strcmp(of, endpoint) == 0 || (!host && strcmp(of, "all") == 0);
}

static bool from_json(json_object *entry, struct fault *ret)
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

int fault_take(const struct store *store, const char *endpoint, const char *host, struct fault_set *ret)
{
    _cleanup_json_ json_object *document = NULL, *left = NULL;
    struct fault_set set = { .n = 0 };
    _cleanup_close_ int lock = -1;
    bool changed = false;
    int r = 0;

    *ret = set;
    if (faccessat(store->fd, FILE_NAME, F_OK, 0) < 0)
        return 0;
    lock = store_lock(store);
    if (lock < 0)
        return lock;
    r = fault_list(store, &document);
    if (r < 0)
        return r;
    left = json_object_new_array();
    for (size_t i = 0; left && i < json_object_array_length(document); i++) {
        json_object *entry = json_object_array_get_idx(document, i);
        bool taken =
            set.n < FAULT_LIMIT && matches(entry, endpoint, host) && from_json(entry, &set.faults[set.n]);
        int64_t times = taken ? set.faults[set.n].times : 0;

        set.n += taken;
        changed |= times > 0;
        if (times > 1)
            r = json_add_int(entry, "times", times - 1);
        if (times != 1 && json_object_array_add(left, json_object_get(entry)) < 0)
            r = -ENOMEM;
    }
    if (!left)
        return -ENOMEM;
    if (r >= 0 && changed)
        r = save(store, left);
    if (r < 0)
        return r;
    set.document = TAKE_PTR(document);
    *ret = set;
    return 0;
}

static void note(const struct fault *fault, struct answer *answer)
{
    size_t length = strlen(answer->faults);

    snprintf(answer->faults + length, sizeof(answer->faults) - length, "%sfault:%s%s%s",
        length > 0 ? " " : "", fault->kind->name, fault->kind->words ? "=" : "",
        fault->kind->words ? fault->value : "");
}

int fault_apply(const struct fault_set *set, enum fault_stage stage, struct answer *answer)
{
    int n = 0;

    for (size_t i = 0; i < set->n; i++) {
        const struct fault *fault = &set->faults[i];
        int r;

        if (fault->kind->stage != stage)
            continue;
        r = fault->kind->apply(fault, answer);
        if (r < 0)
            return r;
        n++;
        note(fault, answer);
    }
    return n;
}

void fault_note_quirks(const struct fault_set *set, struct answer *answer)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->faults[i].kind->stage >= STAGE_CHECK)
            note(&set->faults[i], answer);
}

void fault_set_done(struct fault_set *set)
{
    json_object_put(set->document);
    set->document = NULL;
}
