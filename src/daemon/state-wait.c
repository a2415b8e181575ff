#include "daemon/state-wait.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum {
    PAUSE_SECONDS_LEAST = 1,
    PAUSE_SECONDS_MOST = 60,
    PAUSE_SECONDS_MOST_LOST = 600, /* a lost state seldom comes back by itself */
    PAUSE_DIVISOR = 4,             /* of the time that the fault has lasted */
};

static char *mark_path(const struct core *core)
{
    char *path;

    return asprintf(&path, "%s.waiting", core->options.socket_path) < 0 ? NULL : path;
}

/* Returns how many seconds the fault has lasted; 0 at its begin, or if the file of its age can't be used. */
static int64_t read_age(const struct core *core)
{
    _cleanup_free_ char *path = mark_path(core);
    _cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    struct stat st;

    return fd < 0 || fstat(fd, &st) < 0 ? 0 : (int64_t)time(NULL) - (int64_t)st.st_mtime;
}

static int arm(struct state_wait *wait);

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct state_wait *wait = userdata;
    const struct store *store = &wait->core->store;

    (void)usec;
    if (store->directory >= 0 && !store->lost)
        return 0;
    if (wait->look && !store_is_back(store))
        return arm(wait);
    if (wait->look) {
        state_wait_stop(wait);
        int r = wait->look(wait->userdata);
        return r < 0 ? sd_event_exit(wait->core->event, 1) : 0;
    }
    log_notice("Ending, to be started again and to look for the state directory.");
    if (wait->server && server_end(wait->server, STATE_WAIT_EXIT) >= 0)
        return 0;
    return sd_event_exit(sd_event_source_get_event(source), STATE_WAIT_EXIT);
}

static int arm(struct state_wait *wait)
{
    int64_t pause = read_age(wait->core) / PAUSE_DIVISOR;
    const int64_t most = wait->core->store.lost && !wait->look ? PAUSE_SECONDS_MOST_LOST : PAUSE_SECONDS_MOST;

    if (pause < PAUSE_SECONDS_LEAST)
        pause = PAUSE_SECONDS_LEAST;
    if (pause > most)
        pause = most;
    state_wait_stop(wait);
    return sd_event_add_time_relative(
        wait->core->event, &wait->timer, CLOCK_MONOTONIC, (uint64_t)pause * USEC_PER_SEC, 0, on_timer, wait);
}

int state_wait_start(struct state_wait *wait, struct core *core, int (*look)(void *userdata), void *userdata)
{
    *wait = (struct state_wait){ .server = wait->server, .core = core, .look = look, .userdata = userdata };
    return arm(wait);
}

void state_wait_forget(const struct core *core)
{
    _cleanup_free_ char *path = mark_path(core);

    if (path)
        unlink(path);
}

void state_wait_stop(struct state_wait *wait)
{
    wait->timer = sd_event_source_disable_unref(wait->timer);
}
