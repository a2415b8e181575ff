#include "daemon/registration/identity.h"

#include "common/log.h"
#include "daemon/manager.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/steps.h"

#include <errno.h>

bool identity_is_foreign(const struct manager *manager)
{
    const char *bound = json_get_string(manager->store.document, "machineId");

    return bound && *bound && *manager->machine_id && !streq(bound, manager->machine_id);
}

void identity_forget(json_object *document)
{
    steps_forget(store_registration(document), true);
    store_set(document, "machineId", NULL);
}

/* An identity of this machine is known to the cloud: it has to be deregistered there. */
static bool check_reset(const struct registration *r, struct refusal *ret)
{
    const char *label =
        json_get_string(json_get_object(store_registration(r->manager->store.document), "server"), "label");

    if (identity_is_foreign(r->manager))
        return true;
    switch (registration_state(r)) {
    case STATE_UNREGISTERED:
        break;
    case STATE_REGISTERING:
        return refusal_set(ret, REASON_BUSY, "The appliance is being registered with %s.", label);
    case STATE_DEREGISTERING:
        return refusal_set(ret, REASON_BUSY, "The appliance is being deregistered from %s.", label);
    case STATE_REGISTERED:
        return refusal_set(ret, REASON_ALREADY_REGISTERED,
            "The appliance is registered with %s, and the registration belongs to this machine.", label);
    }
    return true;
}

bool identity_reset(struct registration *r, struct refusal *ret)
{
    json_object *document;

    if (!check_reset(r, ret))
        return false;
    document = store_begin(&r->manager->store);
    if (document) {
        identity_forget(document);
        store_set(store_registration(document), "lastFailure", NULL);
        store_set(document, "everRegistered", NULL);
        registration_note_requester(r, store_registration(document));
    }
    int result = document ? registration_enter(r, document, STATE_UNREGISTERED) : -ENOMEM;
    if (result < 0)
        return refusal_set(ret, REASON_STATE_IO, "The state can't be saved: %s.", strerror(-result));
    r->last_failure = json_put_erased(r->last_failure);
    r->last_success = 0;
    log_notice("The identity of the appliance was forgotten; the next registration makes a new one.");
    return true;
}
