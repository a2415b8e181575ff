#include "daemon/registration/failure.h"

#include "daemon/manager.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>

json_object *last_failure_new(
    enum operation operation, const char *step, enum reason reason, const char *message, bool permanent)
{
    json_object *failure = json_object_new_object();

    if (!failure)
        return NULL;
    json_add_string(failure, "reason", reason_to_string(reason));
    json_add_string(failure, "message", message);
    json_add_string(failure, "remedy", reason_remedy(reason));
    json_add_bool(failure, "permanent", permanent);
    json_add_int(failure, "time", (int64_t)time(NULL));
    json_add_string(failure, "operation", operation_names[operation]);
    json_add_string(failure, "step", step);
    return failure;
}

void last_failure_name_region(json_object *failure, const struct manager *manager, const char *region)
{
    const struct region *server = region ? config_find_region(manager->config, region) : NULL;
    char remedy[512];

    if (!region)
        return;
    if (!server || strcasecmp(server->label, region) != 0)
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s, which is not in the list of servers: get a token of %s, or add "
            "the server.",
            region, manager_region(manager)->label);
    else if (!server->supported)
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s, which the integration does not support: get a token of another "
            "region.",
            server->label);
    else
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s: choose the server %s (%s) and commit, then register with a new "
            "token.",
            server->label, server->label, server->fqdn);
    store_set_string(failure, "remedy", remedy);
}
