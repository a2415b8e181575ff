#include "daemon/manager.h"

#include "common/clock.h"
#include "common/log.h"
#include "confine/locked-memory.h"
#include "daemon/api/status.h"
#include "daemon/registration/report.h"
#include "daemon/registration/sequence.h"
#include "daemon/worker/link.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

/* Makes this program's own id of the machine: the machine id itself is not for others to see. */
static const sd_id128_t application_id =
    SD_ID128_MAKE(6b, 8a, 1d, 1c, 5f, 0e, 4d, 0a, 9c, 3e, 2b, 7f, 41, d5, 90, e6);

const struct region *manager_region(const struct manager *manager)
{
    const struct region *server = config_find_region(manager->config, settings_server(manager));

    /* A label that has left the configuration: the default serves until the administrator chooses again. */
    return server ? server : config_find_region(manager->config, manager->config->default_server);
}

const char *manager_name(const struct manager *manager)
{
    static struct utsname host;

    if (*manager->config->name)
        return manager->config->name;
    return uname(&host) < 0 ? "localhost" : host.nodename;
}

const char *manager_worker_address(const struct manager *manager)
{
    return manager->options.worker_address ? manager->options.worker_address
                                           : manager->config->worker_address;
}

/* An operation leaves much freed memory behind, in pieces: it goes back to the kernel. */
static void trim_memory(struct manager *manager)
{
    bool working = manager->registration.job != NULL;

    if (manager->worked && !working)
        memory_trim();
    manager->worked = working;
}

static int on_publish(sd_event_source *source, void *userdata)
{
    struct manager *manager = userdata;
    char line[128];

    (void)source;
    trim_memory(manager);
    report_warnings(&manager->registration);
    sd_notifyf(0, "STATUS=%s", status_line(manager, line, sizeof(line)));
    server_publish(&manager->server);
    return 0;
}

static void forget_status(struct manager *manager)
{
    for (size_t i = 0; i < ELEMENTS(manager->status); i++) {
        free(manager->status[i].text);
        manager->status[i].text = NULL;
    }
}

void manager_changed(struct manager *manager)
{
    forget_status(manager);
    if (manager->publish)
        sd_event_source_set_enabled(manager->publish, SD_EVENT_ONESHOT);
}

/* Makes the reply as text; the stream's says that another one follows. */
static int make_status(struct manager *manager, bool stream)
{
    _cleanup_json_ json_object *parameters = json_object_new_object();
    json_object *status = status_json(manager);

    if (!parameters || !status || json_add(parameters, "status", status) < 0)
        return -ENOMEM;
    _cleanup_json_ json_object *reply = varlink_make_reply(TAKE_PTR(parameters));
    if (!reply || (stream && json_add_bool(reply, "continues", true) < 0))
        return -ENOMEM;
    const char *text = json_text(reply, &manager->status[stream].size);
    manager->status[stream].text = text ? strdup(text) : NULL;
    return manager->status[stream].text ? 0 : -ENOMEM;
}

const char *manager_status_reply(struct manager *manager, bool stream, size_t *ret_size)
{
    if (!manager->status[stream].text && make_status(manager, stream) < 0)
        return NULL;
    *ret_size = manager->status[stream].size;
    return manager->status[stream].text;
}

static void remember_fault(void *userdata, const char *line)
{
    struct manager *manager = userdata;

    log_error("%s", line);
    if (!manager->config_fault)
        manager->config_fault = strdup(line);
}

int manager_log_level(const struct manager *manager)
{
    return manager->options.log_level >= 0 ? manager->options.log_level : manager->config->log_level;
}

/* What the socket was made with can't be changed under its clients, and a daemon that gave up executing programs when
 * it started can't start a worker. */
static void keep_until_restart(struct manager *manager, struct config *new)
{
    struct config *old = manager->config;

    if (!manager->options.worker_address &&
        worker_is_socket(old->worker_address) != worker_is_socket(new->worker_address)) {
        char *kept = old->worker_address;

        log_warning(
            "worker.address takes effect at the next start, since it changes between socket and program.");
        old->worker_address = new->worker_address;
        new->worker_address = kept;
    }
    if (old->socket_mode != new->socket_mode || !streq(old->socket_user, new->socket_user) ||
        !streq(old->socket_group, new->socket_group))
        log_warning("api.socket_mode, socket_user and socket_group take effect at the next start.");
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
    struct manager *manager = userdata;
    struct config *config;

    (void)source;
    (void)si;
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)clock_usec(CLOCK_MONOTONIC));
    free(manager->config_fault);
    manager->config_fault = NULL;
    if (config_load(manager->options.config_path, remember_fault, manager, &config) < 0) {
        log_error("The configuration was not reloaded; the old one stays in effect.");
        if (!manager->config_fault)
            manager->config_fault = strdup("There is no memory to reload the configuration.");
    } else {
        keep_until_restart(manager, config);
        config_free(manager->config);
        manager->config = config;
        manager->reloads++;
        access_forget(&manager->server.access);
        log_set_level(manager_log_level(manager));
        /* It may have been changed so that the next attempt succeeds. */
        sequence_hasten(&manager->registration);
        registration_reconsider(&manager->registration);
        log_notice("The configuration was reloaded.");
    }
    manager_changed(manager);
    sd_notify(0, "READY=1");
    return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
    struct manager *manager = userdata;

    (void)source;
    log_info("Ending on signal %u; what is under way goes on at the next start.", si->ssi_signo);
    sd_notify(0, "STOPPING=1");
    if (server_end(&manager->server) < 0)
        return sd_event_exit(manager->event, 0);
    return 0;
}

static int set_up_events(struct manager *manager)
{
    int r = sd_event_default(&manager->event);

    if (r >= 0)
        r = sd_event_add_signal(manager->event, NULL, SIGTERM, on_terminate, manager);
    if (r >= 0)
        r = sd_event_add_signal(manager->event, NULL, SIGINT, on_terminate, manager);
    if (r >= 0)
        r = sd_event_add_signal(manager->event, NULL, SIGHUP, on_reload, manager);
    if (r >= 0)
        r = sd_event_set_watchdog(manager->event, true);
    if (r >= 0)
        r = sd_event_add_defer(manager->event, &manager->publish, on_publish, manager);
    if (r >= 0)
        r = sd_event_source_set_enabled(manager->publish, SD_EVENT_OFF);
    return r;
}

static void learn_machine_id(struct manager *manager)
{
    sd_id128_t id;

    if (sd_id128_get_machine_app_specific(application_id, &id) >= 0)
        sd_id128_to_string(id, manager->machine_id);
}

static int start(struct manager *manager)
{
    const struct manager_options *options = &manager->options;
    int r = set_up_events(manager);

    if (r < 0) {
        log_error("Can't set up the event loop: %s", strerror(-r));
        return r;
    }
    r = store_open(&manager->store, options->state_directory);
    if (r < 0) {
        log_error("Can't use the state directory %s: %s", options->state_directory,
            r == -EAGAIN ? "another threatresponsed uses it" : strerror(-r));
        return r;
    }
    r = server_start(&manager->server, manager, options->socket_path);
    if (r < 0) {
        log_error("Can't listen at %s: %s", options->socket_path, listener_fault(r));
        return r;
    }
    r = registration_start(&manager->registration, manager);
    if (r < 0)
        log_error("Can't start: %s", strerror(-r));
    else if (!*manager->machine_id)
        log_warning("This machine has no machine-id(5): a copy of its state can't be recognised, ignoring.");
    /* What is to be told is told in the first turn of the loop. */
    manager_changed(manager);
    return r;
}

int manager_new(const struct manager_options *options, struct config *config, struct manager **ret)
{
    struct manager *manager = calloc(1, sizeof(*manager));

    if (!manager) {
        config_free(config);
        return -ENOMEM;
    }
    /* Most of it is never touched, and takes no memory as long. */
    manager->options = *options;
    manager->config = config;
    manager->store.directory = -1;
    manager->metrics.start = (int64_t)time(NULL);
    log_set_level(manager_log_level(manager));
    learn_machine_id(manager);

    int r = start(manager);
    if (r < 0) {
        manager_free(manager);
        return r;
    }
    *ret = manager;
    return 0;
}

struct manager *manager_free(struct manager *manager)
{
    if (!manager)
        return NULL;
    registration_stop(&manager->registration);
    check_stop(&manager->check);
    server_stop(&manager->server);
    metrics_done(&manager->metrics);
    settings_done(&manager->settings);
    store_done(&manager->store);
    sd_event_source_disable_unref(manager->publish);
    sd_event_unref(manager->event);
    config_free(manager->config);
    free(manager->config_fault);
    forget_status(manager);
    free(manager);
    return NULL;
}

int manager_run(struct manager *manager)
{
    char line[128];

    sd_notifyf(0, "READY=1\nSTATUS=%s", status_line(manager, line, sizeof(line)));
    log_info("Ready: %s.", line);
    return sd_event_loop(manager->event);
}
