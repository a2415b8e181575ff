#include "daemon/registration/failure.h"

#include "daemon/state/document.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>

json_object *failure_new(
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

void failure_set_region_remedy(json_object *failure, const struct core *core, const char *region)
{
    const struct region *known = region ? config_find_region(core->config, region) : NULL;
    char remedy[512];

    if (!region)
        return;
    if (!known || strcasecmp(known->label, region) != 0)
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s, which is not in the list of servers: get a token of %s, or add "
            "the server.",
            region, core_region_label(core));
    else if (!known->supported)
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s, which the integration does not support: get a token of another "
            "region.",
            known->label);
    else
        snprintf(remedy, sizeof(remedy),
            "The token is for the region %s: choose the server %s (%s) and commit, then register with a new "
            "token.",
            known->label, known->label, known->fqdn);
    document_set_string(failure, "remedy", remedy);
}
