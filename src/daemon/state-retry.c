#include "daemon/state-retry.h"

#include "common/clock.h"
#include "common/log.h"

enum {
    PAUSE_SECONDS_FIRST = 1,
    PAUSE_SECONDS_MOST = 60,
};

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct state_retry *retry = userdata;

    (void)usec;
    store_look_again(&retry->core->store);
    if (!store_may_look_again(&retry->core->store))
        return 0;
    if (retry->pause < PAUSE_SECONDS_MOST * USEC_PER_SEC)
        retry->pause *= 2;
    if (retry->pause > PAUSE_SECONDS_MOST * USEC_PER_SEC)
        retry->pause = PAUSE_SECONDS_MOST * USEC_PER_SEC;
    int r = sd_event_source_set_time_relative(source, retry->pause);
    return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void state_retry_arm(struct state_retry *retry, struct core *core)
{
    if (!store_may_look_again(&core->store)) {
        state_retry_stop(retry);
        return;
    }
    if (retry->timer)
        return;
    retry->core = core;
    retry->pause = PAUSE_SECONDS_FIRST * USEC_PER_SEC;
    int r = sd_event_add_time_relative(
        core->event, &retry->timer, CLOCK_MONOTONIC, retry->pause, 0, on_timer, retry);
    if (r < 0)
        log_error("Can't look again for the fault of the state by itself: %s", strerror(-r));
}

void state_retry_stop(struct state_retry *retry)
{
    retry->timer = sd_event_source_disable_unref(retry->timer);
}
