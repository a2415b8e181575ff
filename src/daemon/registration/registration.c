#include "daemon/registration/registration.h"

#include "daemon/registration/steps.h"

const struct saved *registration_saved(const struct registration *r)
{
    return &r->core->store.saved;
}

bool registration_is_running(const struct registration *r)
{
    return r->errand != NULL;
}

bool registration_may_use_cloud(const struct registration *r)
{
    return !r->core->config_missing && core_is_enabled(r->core) && !r->core->store.read_only &&
           !core_identity_is_foreign(r->core) && !core_region_is_unknown(r->core);
}

static enum operation current_operation(const struct registration *r)
{
    if (registration_is_running(r))
        return r->operation;

    switch (registration_saved(r)->state) {
    case STATE_UNREGISTERED:
        return OPERATION_NONE;
    case STATE_REGISTERING:
        return OPERATION_REGISTER;
    case STATE_DEREGISTERING:
        return OPERATION_DEREGISTER;
    case STATE_REGISTERED:
        break;
    }
    /* A renewal that has begun can wait for a failed attempt or for the permission to send requests. */
    bool suspended = !registration_may_use_cloud(r) && registration_saved(r)->steps[OPERATION_RENEW];
    if (suspended || r->attempts[OPERATION_RENEW].failures > 0)
        return OPERATION_RENEW;
    return r->attempts[OPERATION_REFRESH].failures > 0 ? OPERATION_REFRESH : OPERATION_NONE;
}

enum operation registration_current(
    const struct registration *r, const char **ret_step, int64_t *ret_next_attempt)
{
    enum operation operation = current_operation(r);

    *ret_step = NULL;
    *ret_next_attempt = 0;
    if (operation == OPERATION_NONE)
        return operation;
    if (registration_is_running(r))
        *ret_step = r->step->name;
    else {
        *ret_step = step_find(operation, registration_saved(r)->steps[operation])->name;
        *ret_next_attempt = attempts_next_time(&r->attempts[operation]);
    }
    return operation;
}

void registration_end_operation(struct registration *r)
{
    r->errand = errand_free(r->errand);
    r->operation = OPERATION_NONE;
    r->step = NULL;
}

void registration_set_failure(struct registration *r, json_object *failure)
{
    if (failure != r->last_failure)
        json_put_erased(r->last_failure);
    r->last_failure = failure;
}
