#include "sandbox/sse/context.h"

#include "common/json.h"
#include "sandbox/base/guid.h"
#include "sandbox/base/random-text.h"
#include "sandbox/base/region.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define FILE_LENGTH 96

static int write_file_name(const char *region, const char *guid, char *file)
{
    if (!region || !guid || !guid_valid(guid) || !host_find_region(SERVICE_SSE, region))
        return -ENOENT;
    snprintf(file, FILE_LENGTH, "contexts/%s/%s.json", region, guid);
    return 0;
}

static int write_enrollment_file_name(const char *secret, char *file)
{
    if (!is_random_text(secret, SECRET_LENGTH))
        return -ENOENT;
    snprintf(file, FILE_LENGTH, "enrollments/%.43s.json", secret);
    return 0;
}

json_object *context_new(const char *region, const char *guid, json_object *client_info)
{
    _cleanup_json_ json_object *context = json_object_new_object();
    int r;

    if (!context)
        return NULL;
    r = json_add_string(context, "guid", guid);
    if (r >= 0)
        r = json_add_string(context, "region", region);
    if (r >= 0)
        r = json_add_string(context, "status", "created");
    if (r >= 0)
        r = json_add_int(context, "created", time(NULL));
    if (r >= 0)
        r = json_add(context, "clientInfo", json_object_get(client_info));
    if (r >= 0)
        r = json_add(context, "certificates", json_object_new_array());
    return r < 0 ? NULL : TAKE_PTR(context);
}

int context_load(const struct store *store, const char *region, const char *guid, json_object **ret)
{
    char file[FILE_LENGTH];
    int r;

    r = write_file_name(region, guid, file);
    return r < 0 ? r : store_read_json(store, file, ret);
}

int context_list(const struct store *store, const char *region, json_object **ret)
{
    char folder[FILE_LENGTH];

    snprintf(folder, sizeof(folder), "contexts/%s", region);
    return store_list(store, folder, ret);
}

int context_save(const struct store *store, json_object *context)
{
    char file[FILE_LENGTH];
    int r;

    r = write_file_name(json_get_string(context, "region"), json_get_string(context, "guid"), file);
    return r < 0 ? r : store_write_json(store, file, context);
}

static int remove_enrollment(const struct store *store, json_object *context)
{
    const char *secret = json_get_string(context, "secret");
    char file[FILE_LENGTH];
    int r;

    if (!secret || write_enrollment_file_name(secret, file) < 0)
        return 0;
    r = store_remove(store, file);
    return r == -ENOENT ? 0 : r;
}

int context_remove(const struct store *store, const char *region, const char *guid)
{
    _cleanup_json_ json_object *context = NULL;
    char file[FILE_LENGTH];
    int r;

    r = context_load(store, region, guid, &context);
    if (r >= 0)
        r = remove_enrollment(store, context);
    if (r >= 0)
        r = write_file_name(region, guid, file);
    return r < 0 ? r : store_remove(store, file);
}

const char *context_find_elsewhere(const struct store *store, const char *region, const char *guid)
{
    const struct host *host;

    for (size_t i = 0; (host = host_at(SERVICE_SSE, i)); i++) {
        _cleanup_json_ json_object *context = NULL;
        const char *status;

        if (streq(host->region, region) || context_load(store, host->region, guid, &context) < 0)
            continue;
        status = json_get_string(context, "status");
        if (status && !streq(status, "created"))
            return host->region;
    }
    return NULL;
}

int context_activate(const struct store *store, json_object *context, json_object *enrollment)
{
    const char *secret = json_get_string(enrollment, "secret"), *status = json_get_string(context, "status"),
               *old = json_get_string(context, "secret");
    char file[FILE_LENGTH];
    int r;

    if (!secret || !status || write_enrollment_file_name(secret, file) < 0)
        return -EBADMSG;
    if (old && !streq(old, secret)) {
        r = remove_enrollment(store, context);
        if (r < 0)
            return r;
    }
    r = store_write_json(store, file, enrollment);
    if (r >= 0)
        r = json_add_string(context, "secret", secret);
    if (r >= 0 && !streq(status, "enrolled"))
        r = json_add_string(context, "status", "activated");
    return r;
}

int enrollment_load(const struct store *store, const char *secret, json_object **ret)
{
    char file[FILE_LENGTH];
    int r;

    r = write_enrollment_file_name(secret, file);
    return r < 0 ? r : store_read_json(store, file, ret);
}

int context_add_certificate(json_object *context, const char *serial, int64_t expires, int64_t now)
{
    _cleanup_json_ json_object *kept = json_object_new_array();
    json_object *all = json_get_array(context, "certificates"), *entry;
    int r;

    if (!kept)
        return -ENOMEM;
    for (size_t i = 0; all && i < json_object_array_length(all); i++) {
        entry = json_object_array_get_idx(all, i);
        if (json_get_int(entry, "expires", 0) > now &&
            json_object_array_add(kept, json_object_get(entry)) < 0)
            return -ENOMEM;
    }
    entry = json_object_new_object();
    if (!entry || json_object_array_add(kept, entry) < 0) {
        json_object_put(entry);
        return -ENOMEM;
    }
    r = json_add_string(entry, "serial", serial);
    if (r >= 0)
        r = json_add_int(entry, "expires", expires);
    return r < 0 ? r : json_add(context, "certificates", TAKE_PTR(kept));
}

bool context_has_certificate(json_object *context, const char *serial)
{
    json_object *all = json_get_array(context, "certificates");

    for (size_t i = 0; all && i < json_object_array_length(all); i++) {
        const char *known = json_get_string(json_object_array_get_idx(all, i), "serial");

        if (streq0(known, serial))
            return true;
    }
    return false;
}
