#include "daemon/registration/lifecycle.h"

#include "common/clock.h"
#include "daemon/registration/operation.h"
#include "daemon/registration/sequence.h"

#include <errno.h>
#include <time.h>

/* Restores the attempts that an earlier process has planned after failures, so that a restart does not hasten
 * them. */
static void restore_attempts(struct registration *r)
{
    int64_t now = (int64_t)time(NULL);

    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        const struct saved_attempts *saved = &registration_saved(r)->attempts[operation];
        int64_t left = saved->next - now, most = LIMIT_RETRY_AFTER + LIMIT_RETRY_AFTER / 10;

        /* A clock that was set back must not stop the attempts. */
        if (saved->failures > 0)
            attempts_restore(&r->attempts[operation], saved->failures,
                (uint64_t)(left < 0      ? 0
                           : left > most ? most
                                         : left) *
                    USEC_PER_SEC,
                saved->asked);
    }
}

int registration_start(struct registration *r, struct core *core)
{
    const struct saved *saved = &core->store.saved;

    *r = (struct registration){
        .core = core,
        .operation = OPERATION_NONE,
        .last_success = saved->last_success,
        .start_operation = operation_start,
    };
    int result = sequence_start(r);
    if (result < 0)
        return result;
    if (saved->last_failure && json_object_deep_copy(saved->last_failure, &r->last_failure, NULL) < 0)
        return -ENOMEM;
    restore_attempts(r);
    sequence_replan(r);
    return 0;
}

void registration_stop(struct registration *r)
{
    if (!r->core)
        return;
    sequence_stop(r);
    r->last_failure = json_put_erased(r->last_failure);
    r->core = NULL;
}
