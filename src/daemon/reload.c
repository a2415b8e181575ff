#include "daemon/reload.h"

#include "common/clock.h"
#include "common/log.h"
#include "daemon/confinement.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/first-boot.h"
#include "daemon/registration/sequence.h"
#include "daemon/worker/link.h"

#include <systemd/sd-daemon.h>

enum {
    PAUSE_SECONDS_FIRST = 1,
    PAUSE_SECONDS_MOST = 60,
};

/* Keeps the first fault for the status. */
static void keep_fault(void *userdata, const char *line)
{
    struct core *core = userdata;

    if (!core->config_fault)
        core->config_fault = strdup(line);
}

static void log_and_keep_fault(void *userdata, const char *line)
{
    log_error("%s", line);
    keep_fault(userdata, line);
}

/* Some settings take effect at the next start only: the socket can't be changed under its clients, and a daemon that
 * gave up executing programs can't start a worker. */
static void keep_until_restart(const struct core *core, struct config *new)
{
    struct config *old = core->config;

    if (!core->options.worker_address &&
        worker_is_socket(old->worker_address) != worker_is_socket(new->worker_address)) {
        char *kept = old->worker_address;

        log_warning(
            "worker.address takes effect at the next start: it changes between a socket and a program.");
        old->worker_address = new->worker_address;
        new->worker_address = kept;
    }
    if (old->socket_mode != new->socket_mode || !streq(old->socket_user, new->socket_user) ||
        !streq(old->socket_group, new->socket_group))
        log_warning("api.socket_mode, socket_user and socket_group take effect at the next start.");
}

/* Nothing is asked of the cloud then: see core_region_is_unknown. */
static void warn_of_unknown_region(const struct core *core, const struct registration *registration)
{
    char remedy[FAILURE_REMEDY_MAX];

    if (!core->config_missing && core_is_enabled(core) && core_region_is_unknown(core))
        log_warning(
            "The server %s is not in the list of servers, or not supported: nothing is sent to the cloud. %s",
            core_used_region_label(core), failure_remedy(registration, REASON_SERVER_UNKNOWN, remedy));
}

static void apply_config(struct reload *reload, struct config *config)
{
    struct core *core = reload->core;
    bool was_missing = core->config_missing;

    if (!was_missing)
        keep_until_restart(core, config);
    config_free(core->config);
    core->config = config;
    core->config_missing = false;
    core->reloads++;
    access_forget(reload->access);
    log_set_level(core_log_level(core));
    /* Until then nobody knew whether it starts its workers. */
    if (was_missing && !core->options.worker_address)
        daemon_confine_for_worker(core);
    /* The change may be what the next attempt needs to succeed. */
    sequence_retry_now(reload->registration);
    sequence_replan(reload->registration);
    if (was_missing)
        first_boot_register(reload->registration);
    log_notice("The configuration was reloaded.");
    warn_of_unknown_region(core, reload->registration);
}

/* Returns the name of a setting in use that a new configuration lacks, else NULL: a file that was truncated
 * or emptied by accident must not take effect. */
static const char *find_dropped(const struct core *core, const struct config *new)
{
    const struct config *old = core->config;
    const struct region *used = config_find_region(old, core_used_region_label(core));
    const struct region *next = used ? config_find_region(new, used->label) : NULL;

    if (new->is_empty && !old->is_empty)
        return CONFIG_IS_EMPTY;
    bool chosen = core_is_enabled(core) || core->store.saved.state != STATE_UNREGISTERED;
    bool gone = used != NULL && (!next || !streq(next->fqdn, used->fqdn));
    if (gone && chosen && old->has_servers && !new->has_servers)
        return "servers: found nothing, though the list in effect has the server in use";
    if (old->has_est_url && !new->has_est_url && core->store.saved.state != STATE_UNREGISTERED)
        return "est.url: found nothing, though the registration uses the one in effect";
    return NULL;
}

/* Uses a new configuration, unless it lacks a setting in use. */
static bool take_config(struct reload *reload, struct config *config, config_report report)
{
    struct core *core = reload->core;
    const char *dropped = core->config_missing ? NULL : find_dropped(core, config);
    _cleanup_free_ char *line = NULL;

    if (!dropped) {
        reload->timer = sd_event_source_disable_unref(reload->timer);
        apply_config(reload, config);
        return true;
    }
    config_free(config);
    if (asprintf(&line, "%s: %s; put it back, or restart the daemon if it shall go",
            core->options.config_path, dropped) >= 0)
        report(core, line);
    return false;
}

/* Reuse the users and groups that are known: a lookup in the user database makes every client wait. */
static bool read_again(struct reload *reload, config_report report)
{
    struct core *core = reload->core;
    struct config_look look = {
        .names = true,
        .worker_address = core->options.worker_address,
        .known = core->config->names_exist ? core->config : NULL,
    };
    struct config *config = NULL;

    free(core->config_fault);
    core->config_fault = NULL;
    store_look_again(&core->store);
    int r = config_load_and_look(core->options.config_path, &look, report, core, &config);
    bool taken = r == 0 && take_config(reload, config, report);
    if (r == CONFIG_LACKING)
        config_free(config);
    if (!taken && !core->config_fault)
        core->config_fault = strdup("There is no memory to reload the configuration.");
    core_changed(core);
    return taken;
}

bool reload_now(struct reload *reload)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)clock_usec(CLOCK_MONOTONIC));
    bool taken = read_again(reload, log_and_keep_fault);
    if (!taken)
        log_error("The configuration was not reloaded; the old one stays in effect.");
    sd_notify(0, "READY=1");
    return taken;
}

static bool on_asked(void *userdata)
{
    return reload_now(userdata);
}

/* Reads again a configuration that was wrong at the start: a file that it names may lie on a partition that
 * is mounted late. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct reload *reload = userdata;

    (void)usec;
    if (read_again(reload, keep_fault))
        return 0;
    if (reload->pause < PAUSE_SECONDS_MOST * USEC_PER_SEC)
        reload->pause *= 2;
    int r = sd_event_source_set_time_relative(source, reload->pause);
    return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int reload_start(
    struct reload *reload, struct core *core, struct registration *registration, struct access *access)
{
    *reload = (struct reload){
        .core = core,
        .registration = registration,
        .access = access,
        .pause = PAUSE_SECONDS_FIRST * USEC_PER_SEC,
    };
    core->reload = on_asked;
    core->reload_userdata = reload;
    warn_of_unknown_region(core, registration);
    if (!core->config_fault)
        return 0;
    return sd_event_add_time_relative(
        core->event, &reload->timer, CLOCK_MONOTONIC, reload->pause, 0, on_timer, reload);
}

void reload_stop(struct reload *reload)
{
    reload->timer = sd_event_source_disable_unref(reload->timer);
}
