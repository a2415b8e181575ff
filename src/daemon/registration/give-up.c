#include "daemon/registration/give-up.h"

#include "common/log.h"
#include "daemon/registration/expiry.h"
#include "daemon/registration/sequence.h"
#include "daemon/registration/transition.h"
#include "daemon/state/document.h"

#include <errno.h>
#include <time.h>

bool give_up_is_refusal(enum reason reason, int64_t http_status)
{
    switch ((int)reason) {
    case REASON_CERTIFICATE_REFUSED:
    case REASON_CERTIFICATE_EXPIRED:
    case REASON_CERTIFICATE_UNUSABLE:
    case REASON_EST_REJECTED:
    case REASON_REMOVED_IN_PORTAL: /* usually the refresh finds that much earlier */
        return true;
    case REASON_SERVER_ERROR:
    case REASON_UNEXPECTED_REPLY:
        return http_status == 401 || http_status == 403;
    }
    return false;
}

/* Keeps the guid, so that the next registration finds the context again. */
static int give_up_registration(struct registration *r, json_object *document)
{
    document_forget_attempt(document_registration(document));
    transition_note_failure(document, r->last_failure);
    return transition_enter(r, document, STATE_UNREGISTERED);
}

/* Returns to registered, as a cancel does: only an administrator may deregister without the cloud. */
static int give_up_deregistration(struct registration *r, json_object *document)
{
    document_set(document_registration(document), step_member(OPERATION_DEREGISTER), NULL);
    transition_note_failure(document, r->last_failure);
    return transition_enter(r, document, STATE_REGISTERED);
}

int give_up_new_pair(const struct registration *r, json_object *part)
{
    int64_t now = (int64_t)time(NULL);
    json_object *when =
        json_object_new_int64(now + expiry_renewal_pause(registration_saved(r)->not_after, now));

    document_forget_renewal(part);
    return when ? document_set(part, "nextRenewal", when) : -ENOMEM;
}

static int give_up_renewal(struct registration *r, json_object *document)
{
    int result = give_up_new_pair(r, document_registration(document));

    transition_note_failure(document, r->last_failure);
    if (result < 0) {
        json_put_erased(document);
        return result;
    }
    result = store_commit(&r->core->store, document);
    if (result < 0)
        return result;
    log_notice("The renewal ends for now: the new key is dropped, and the certificate in use stays.");
    registration_end_operation(r);
    attempts_forget(&r->attempts[OPERATION_RENEW]);
    sequence_replan(r);
    core_changed(r->core);
    return 0;
}

/* Makes a renewal due: a cloud that refuses the certificate in use may accept a new one. A certificate of
 * less than a day is not renewed again. */
static int give_up_refresh(struct registration *r, json_object *document)
{
    const struct saved *saved = registration_saved(r);
    int64_t now = (int64_t)time(NULL), begin = json_get_int(saved->pair.info, "notBefore", now);
    json_object *due = json_object_new_int64(now);

    if (!due || saved->steps[OPERATION_RENEW] || begin > now - SEC_PER_DAY) {
        json_object_put(due);
        json_put_erased(document);
        return -EAGAIN;
    }
    document_set(document_registration(document), "nextRenewal", due);
    transition_note_failure(document, r->last_failure);
    int result = store_commit(&r->core->store, document);
    if (result < 0)
        return result;
    log_notice("The cloud refuses the certificate in use: its renewal begins now.");
    r->attempts[OPERATION_REFRESH].refusals = 0;
    sequence_arm(r);
    return 0;
}

int give_up(struct registration *r)
{
    json_object *document = store_begin(&r->core->store);

    if (!document)
        return -ENOMEM;
    switch (r->operation) {
    case OPERATION_REGISTER:
        return give_up_registration(r, document);
    case OPERATION_DEREGISTER:
        return give_up_deregistration(r, document);
    case OPERATION_RENEW:
        return give_up_renewal(r, document);
    case OPERATION_REFRESH:
        return give_up_refresh(r, document);
    case OPERATION_NONE:
        break;
    }
    json_put_erased(document);
    return -EINVAL;
}
