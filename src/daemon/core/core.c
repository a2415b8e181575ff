#include "daemon/core/core.h"

#include "common/log.h"

#include <strings.h>
#include <sys/utsname.h>

void core_changed(struct core *core)
{
    core->changes++;
    if (core->publish)
        sd_event_source_set_enabled(core->publish, SD_EVENT_ONESHOT);
}

bool core_config_is_missing(const struct core *core, struct refusal *ret)
{
    if (core->config_missing)
        refusal_set(ret, REASON_CONFIG_INVALID, "The configuration is wrong: %s",
            core->config_fault ? core->config_fault : core->options.config_path);
    return core->config_missing;
}

bool core_refuse_unsaved(const struct core *core, const char *what, struct refusal *ret)
{
    const char *fault = core->store.fault;

    return refusal_set(ret, core->store.lost ? REASON_STATE_LOST : REASON_STATE_IO, "%s can't be saved. %s",
        what, fault ? fault : "There is no memory.");
}

bool core_state_is_lost(const struct core *core, struct refusal *ret)
{
    if (core->store.lost)
        refusal_set(ret, REASON_STATE_LOST, "%s", core->store.fault ? core->store.fault : core->store.path);
    return core->store.lost;
}

bool core_is_enabled(const struct core *core)
{
    const struct saved *saved = &core->store.saved;

    return saved->enabled_is_set ? saved->enabled : core->config->default_enabled;
}

const char *core_region_label(const struct core *core)
{
    const char *label = core->store.saved.server_label;

    return label ? label : core->config->default_server;
}

static const struct region *find_usable_region(const struct core *core, const char *label)
{
    const struct region *region = config_find_region(core->config, label);

    return region && region->supported && strcasecmp(region->label, label) == 0 ? region : NULL;
}

const struct region *core_region(const struct core *core)
{
    return find_usable_region(core, core_region_label(core));
}

const char *core_used_region_label(const struct core *core)
{
    const char *registered = core->store.saved.region_label;

    return registered ? registered : core_region_label(core);
}

bool core_region_is_unknown(const struct core *core)
{
    return !find_usable_region(core, core_used_region_label(core));
}

bool core_check_region(const struct core *core, struct refusal *ret)
{
    return !core_region_is_unknown(core) ||
           refusal_set(ret, REASON_SERVER_UNKNOWN,
               "The server %s is not in the list of servers any more, or not supported.",
               core_used_region_label(core));
}

bool core_identity_is_foreign(const struct core *core)
{
    const char *bound = core->store.saved.machine_id;

    return bound && *bound && *core->machine_id && !streq(bound, core->machine_id);
}

const char *core_appliance_name(const struct core *core)
{
    static char name[4 * sizeof(((struct utsname *)NULL)->nodename)];
    struct utsname host;

    if (*core->config->name)
        return core->config->name;
    /* The kernel takes any bytes. */
    return uname(&host) < 0 ? "localhost" : escape_text(host.nodename, name, sizeof(name));
}

int core_log_level(const struct core *core)
{
    return core->options.log_level >= 0 ? core->options.log_level : core->config->log_level;
}

const char *core_worker_address(const struct core *core)
{
    return core->options.worker_address ? core->options.worker_address : core->config->worker_address;
}
