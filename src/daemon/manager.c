#include "daemon/manager.h"

#include "common/log.h"
#include "confine/locked-memory.h"
#include "daemon/api/status.h"
#include "daemon/api/watch.h"
#include "daemon/registration/first-boot.h"
#include "daemon/registration/lifecycle.h"
#include "daemon/registration/warning.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

/* Derives an id of the machine for this program: the machine id itself must not be shown. */
static const sd_id128_t application_id =
    SD_ID128_MAKE(6b, 8a, 1d, 1c, 5f, 0e, 4d, 0a, 9c, 3e, 2b, 7f, 41, d5, 90, e6);

/* Returns the memory that an operation has freed, in many pieces, to the kernel. */
static void trim_memory(struct manager *manager)
{
    bool running = registration_is_running(&manager->registration);

    if (manager->was_running && !running)
        memory_trim();
    manager->was_running = running;
}

static int on_publish(sd_event_source *source, void *userdata)
{
    struct manager *manager = userdata;
    char line[128];

    (void)source;
    trim_memory(manager);
    warning_report_due(&manager->registration);
    state_retry_arm(&manager->state_retry, &manager->core);
    sd_notifyf(0, "STATUS=%s", status_line(&manager->registration, line, sizeof(line)));
    watch_publish(&manager->api);
    return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
    struct manager *manager = userdata;

    (void)source;
    (void)si;
    reload_now(&manager->reload);
    return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
    struct manager *manager = userdata;

    (void)source;
    log_info("Ending on signal %u; a running operation continues at the next start.", si->ssi_signo);
    sd_notify(0, "STOPPING=1");
    if (server_end(&manager->api.server, 0) < 0)
        return sd_event_exit(manager->core.event, 0);
    return 0;
}

static int set_up_events(struct manager *manager)
{
    struct core *core = &manager->core;
    int r = sd_event_default(&core->event);

    if (r >= 0)
        r = sd_event_add_signal(core->event, NULL, SIGTERM, on_terminate, manager);
    if (r >= 0)
        r = sd_event_add_signal(core->event, NULL, SIGINT, on_terminate, manager);
    if (r >= 0)
        r = sd_event_add_signal(core->event, NULL, SIGHUP, on_reload, manager);
    if (r >= 0)
        r = sd_event_set_watchdog(core->event, true);
    if (r >= 0)
        r = sd_event_add_defer(core->event, &core->publish, on_publish, manager);
    if (r >= 0)
        r = sd_event_source_set_enabled(core->publish, SD_EVENT_OFF);
    return r;
}

static void read_machine_id(struct core *core)
{
    sd_id128_t id;

    if (sd_id128_get_machine_app_specific(application_id, &id) >= 0)
        sd_id128_to_string(id, core->machine_id);
}

static int start_registration(struct manager *manager)
{
    int r = registration_start(&manager->registration, &manager->core);

    if (r < 0) {
        log_error("Can't start the registration: %s", strerror(-r));
        return r;
    }
    host_name_start(&manager->host_name, &manager->registration);
    first_boot_register(&manager->registration);
    if (!*manager->core.machine_id)
        log_warning("This machine has no machine-id(5), so a copy of its state can't be detected, ignoring.");
    return 0;
}

static void on_fault(void *userdata)
{
    core_changed(userdata);
}

static int take_state(void *userdata);

/* Compares the state with the mark, and waits for a state that is lost. */
static int watch_loss(struct manager *manager)
{
    struct core *core = &manager->core;
    bool held = sd_listen_fds(0) > 0;

    core->store.changed = on_fault;
    core->store.userdata = core;
    store_watch_loss(&core->store, core->machine_id);
    if (core->store.lost)
        return state_wait_start(&manager->state_wait, core, held ? NULL : take_state, manager);
    state_wait_forget(core);
    return 0;
}

/* Reads a state that is back and goes on with it. */
static int take_state(void *userdata)
{
    struct manager *manager = userdata;
    struct core *core = &manager->core;

    log_notice("There is a state in %s again.", core->options.state_directory);
    host_name_stop(&manager->host_name);
    registration_stop(&manager->registration);
    store_done(&core->store);
    int r = store_open(&core->store, core->options.state_directory);
    if (r < 0) {
        log_error("%s", core->store.fault ? core->store.fault : strerror(-r));
        return r;
    }
    r = watch_loss(manager);
    if (r >= 0)
        r = start_registration(manager);
    core_changed(core);
    return r;
}

/* Opens the state. If systemd holds the socket, the daemon answers without a state, too: else nobody would, and each call
 * would start the service again. */
static int open_state(struct manager *manager)
{
    struct core *core = &manager->core;
    const char *path = core->options.state_directory;

    manager->state_wait.server = &manager->api.server;
    int r = store_open(&core->store, path);
    if (r >= 0)
        return watch_loss(manager);
    _cleanup_free_ char *fault = TAKE_PTR(core->store.fault);
    store_done(&core->store);
    if (sd_listen_fds(0) <= 0) {
        log_error("%s", fault ? fault : strerror(-r));
        return r;
    }
    r = store_open_nothing(&core->store, path, fault);
    return r < 0 ? r : state_wait_start(&manager->state_wait, core, NULL, NULL);
}

static int start_manager(struct manager *manager)
{
    struct core *core = &manager->core;
    int r = set_up_events(manager);

    if (r < 0) {
        log_error("Can't set up the event loop: %s", strerror(-r));
        return r;
    }
    r = open_state(manager);
    if (r < 0)
        return r;
    settings_init(&manager->settings, core, &manager->registration);
    r = api_start(&manager->api, core, &manager->settings, &manager->registration, core->options.socket_path);
    if (r < 0) {
        log_error("Can't listen at %s: %s", core->options.socket_path, listener_fault(r));
        return r;
    }
    r = start_registration(manager);
    if (r >= 0)
        r = reload_start(&manager->reload, core, &manager->registration, &manager->api.server.access);
    /* The first turn of the loop reports the warnings that are due. */
    core_changed(core);
    return r;
}

int manager_new(const struct core_options *options, struct config *config, struct manager **ret)
{
    /* Most of it, the places for staged settings, is never touched and takes no memory until it is. */
    struct manager *manager = calloc(1, sizeof(*manager));

    if (!manager) {
        config_free(config);
        return -ENOMEM;
    }
    struct core *core = &manager->core;
    core->options = *options;
    core->config = config;
    core->store.directory = -1;
    core->counters.start = (int64_t)time(NULL);
    core->config_missing = options->config_missing;
    core->config_fault = options->config_fault ? strdup(options->config_fault) : NULL;
    log_set_level(core_log_level(core));
    read_machine_id(core);

    int r = start_manager(manager);
    if (r < 0) {
        manager_free(manager);
        return r;
    }
    *ret = manager;
    return 0;
}

static void free_core(struct core *core)
{
    counters_free(&core->counters);
    store_done(&core->store);
    sd_event_source_disable_unref(core->publish);
    sd_event_unref(core->event);
    config_free(core->config);
    free(core->config_fault);
}

struct manager *manager_free(struct manager *manager)
{
    if (!manager)
        return NULL;
    host_name_stop(&manager->host_name);
    reload_stop(&manager->reload);
    state_wait_stop(&manager->state_wait);
    state_retry_stop(&manager->state_retry);
    registration_stop(&manager->registration);
    api_stop(&manager->api);
    settings_done(&manager->settings);
    free_core(&manager->core);
    free(manager);
    return NULL;
}

int manager_run(struct manager *manager)
{
    char line[128];

    sd_notifyf(0, "READY=1\nSTATUS=%s", status_line(&manager->registration, line, sizeof(line)));
    log_info("Ready: %s.", line);
    return sd_event_loop(manager->core.event);
}
