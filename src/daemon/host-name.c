#include "daemon/host-name.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "daemon/registration/sequence.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/utsname.h>

enum {
    REFRESH_SECONDS = 2, /* for programs that set a name in two steps */
};

/* Reads the name. Returns false if it has not changed. */
static bool read_name(struct host_name *host_name)
{
    struct utsname host;

    if (uname(&host) < 0 || streq(host.nodename, host_name->name))
        return false;
    snprintf(host_name->name, sizeof(host_name->name), "%s", host.nodename);
    return true;
}

void host_name_note_change(struct host_name *host_name)
{
    struct registration *r = host_name->registration;
    struct attempts *refresh = &r->attempts[OPERATION_REFRESH];

    if (!read_name(host_name) || *r->core->config->name)
        return;
    log_notice("The name of the host is %s.", core_appliance_name(r->core));
    core_changed(r->core);
    /* A failing refresh keeps its delays. */
    if (registration_saved(r)->state != STATE_REGISTERED || !registration_may_use_cloud(r) ||
        registration_saved(r)->removed || refresh->failures > 0)
        return;
    attempts_plan(refresh, REFRESH_SECONDS * USEC_PER_SEC);
    sequence_arm(r);
}

static int on_change(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    (void)source;
    (void)fd;
    (void)revents;
    host_name_note_change(userdata);
    return 0;
}

void host_name_start(struct host_name *host_name, struct registration *registration)
{
    *host_name = (struct host_name){
        .registration = registration,
        .fd = open("/proc/sys/kernel/hostname", O_RDONLY | O_CLOEXEC | O_NOCTTY),
    };
    read_name(host_name);
    /* The kernel reports a change as an error condition, once. */
    if (host_name->fd < 0 || sd_event_add_io(registration->core->event, &host_name->source, host_name->fd, 0,
                                 on_change, host_name) < 0)
        log_info("Changes of the host name can't be watched, ignoring.");
}

void host_name_stop(struct host_name *host_name)
{
    if (!host_name->registration)
        return;
    host_name->source = sd_event_source_disable_unref(host_name->source);
    host_name->fd = safe_close(host_name->fd);
    host_name->registration = NULL;
}
