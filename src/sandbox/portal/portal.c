#include "sandbox/portal/portal.h"

#include "common/json.h"
#include "sandbox/base/random-text.h"
#include "sandbox/base/region.h"
#include "sandbox/base/settings.h"
#include "sandbox/portal/output.h"
#include "sandbox/sse/context.h"
#include "sandbox/sse/token.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int portal_open(const char *directory, struct store *ret)
{
    struct settings settings = SETTINGS_DEFAULT;
    int r;

    r = store_open_directory(directory, false, ret);
    if (r < 0) {
        fprintf(stderr, "trsandbox: cannot open the directory %s: %s\n", directory, strerror(-r));
        return r;
    }
    r = settings_load(ret, &settings);
    if (r < 0)
        fprintf(stderr,
            "trsandbox: %s is not a sandbox's directory; start \"trsandbox --directory %s\" there first\n",
            directory, directory);
    return r;
}

int portal_make_token(const struct store *store, const char *region, bool expired, bool json)
{
    const struct host *host = host_find_region(SERVICE_SSE, region);
    _cleanup_json_ json_object *document = json_object_new_object();
    struct settings settings = SETTINGS_DEFAULT;
    char token[TOKEN_LENGTH + 1];
    int64_t expires;
    int r;

    if (!document)
        return output_failure("cannot make a token", -ENOMEM);
    if (!host) {
        fprintf(
            stderr, "trsandbox: there is no region %s; the regions are AMERICAS, EUROPE and APJC\n", region);
        return 2;
    }
    r = settings_load(store, &settings);
    if (r < 0)
        return output_failure("cannot read sandbox.json", r);
    expires = expired ? time(NULL) - 1 : time(NULL) + settings.token_validity;
    r = token_mint(store, host->region, expires, token);
    if (r < 0)
        return output_failure("cannot make a token", r);
    if (!json) {
        puts(token);
        return EXIT_SUCCESS;
    }
    r = json_add_string(document, "token", token);
    if (r >= 0)
        r = json_add_string(document, "region", host->region);
    if (r >= 0)
        r = json_add_int(document, "expires", expires);
    return r < 0 ? output_failure("cannot print the token", r) : output_json(document);
}

/* Returns the serial number of the newest certificate, or NULL. */
static const char *newest_serial(json_object *context)
{
    json_object *all = json_get_array(context, "certificates");
    size_t n = all ? json_object_array_length(all) : 0;

    return n > 0 ? json_get_string(json_object_array_get_idx(all, n - 1), "serial") : NULL;
}

static json_object *describe_device(json_object *context)
{
    _cleanup_json_ json_object *device = json_object_new_object();
    const char *name = json_get_string(json_get_object(context, "clientInfo"), "name"),
               *serial = newest_serial(context), *guid = json_get_string(context, "guid"),
               *region = json_get_string(context, "region"), *status = json_get_string(context, "status");
    int64_t refreshed = json_get_int(context, "lastRefresh", 0);
    int r;

    if (!device)
        return NULL;
    r = json_add_string(device, "guid", guid ? guid : "");
    if (r >= 0)
        r = json_add_string(device, "name", name ? name : "");
    if (r >= 0)
        r = json_add_string(device, "region", region ? region : "");
    if (r >= 0)
        r = json_add_string(device, "status", status ? status : "");
    if (r >= 0)
        r = json_add_string(device, "tenant", TENANT_NAME);
    if (r >= 0 && serial)
        r = json_add_string(device, "certificateSerial", serial);
    if (r >= 0 && refreshed > 0)
        r = json_add_int(device, "lastRefresh", refreshed);
    return r < 0 ? NULL : TAKE_PTR(device);
}

static int collect_devices(const struct store *store, json_object *devices)
{
    const struct host *host;

    for (size_t i = 0; (host = host_at(SERVICE_SSE, i)); i++) {
        _cleanup_json_ json_object *contexts = NULL;
        int r = context_list(store, host->region, &contexts);

        if (r < 0)
            return r;
        for (size_t j = 0; j < json_object_array_length(contexts); j++) {
            json_object *device = describe_device(json_object_array_get_idx(contexts, j));

            if (!device || json_object_array_add(devices, device) < 0) {
                json_object_put(device);
                return -ENOMEM;
            }
        }
    }
    return 0;
}

static void print_device(json_object *device)
{
    const char *serial = json_get_string(device, "certificateSerial");
    time_t refreshed = (time_t)json_get_int(device, "lastRefresh", 0);
    char when[32] = "-";
    struct tm tm;

    if (refreshed > 0 && gmtime_r(&refreshed, &tm))
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    printf("%-36s  %-9s %-9s %-12s  %-32s  %-20s  %s\n", json_get_string(device, "guid"),
        json_get_string(device, "region"), json_get_string(device, "status"),
        json_get_string(device, "tenant"), serial ? serial : "-", when, json_get_string(device, "name"));
}

int portal_list_devices(const struct store *store, bool json)
{
    _cleanup_json_ json_object *devices = json_object_new_array();
    int r;

    r = devices ? collect_devices(store, devices) : -ENOMEM;
    if (r < 0)
        return output_failure("cannot list the devices", r);
    if (json)
        return output_json(devices);
    printf("%-36s  %-9s %-9s %-12s  %-32s  %-20s  %s\n", "GUID", "REGION", "STATUS", "TENANT", "CERTIFICATE",
        "LAST REFRESH", "NAME");
    for (size_t i = 0; i < json_object_array_length(devices); i++)
        print_device(json_object_array_get_idx(devices, i));
    return EXIT_SUCCESS;
}

int portal_remove_device(const struct store *store, const char *guid)
{
    _cleanup_close_ int lock = store_lock(store);
    const struct host *host;
    int n = 0;

    if (lock < 0)
        return output_failure("cannot lock the directory", lock);
    for (size_t i = 0; (host = host_at(SERVICE_SSE, i)); i++) {
        int r = context_remove(store, host->region, guid);

        if (r < 0 && r != -ENOENT)
            return output_failure("cannot remove the device", r);
        n += r >= 0;
    }
    if (n == 0) {
        fprintf(stderr,
            "trsandbox: there is no device %s; \"trsandbox devices\" lists those that there are\n", guid);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
