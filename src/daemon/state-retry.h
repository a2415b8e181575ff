/*
 * Looks again whether a fault of the state is gone: a disk has space again, a damaged state that was set aside was
 * removed. It looks less and less often, once a minute at last.
 */
#pragma once

#include "daemon/core/core.h"

struct state_retry {
    struct core *core;
    sd_event_source *timer; /* NULL: none was needed yet */
    uint64_t pause;
};

/* Begins to look if there is a fault that may pass, unless it has begun. Without a fault it ends. */
void state_retry_arm(struct state_retry *retry, struct core *core);

/* Frees. Safe on a zeroed struct. */
void state_retry_stop(struct state_retry *retry);
