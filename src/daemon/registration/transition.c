#include "daemon/registration/transition.h"

#include "daemon/registration/report.h"
#include "daemon/registration/sequence.h"
#include "daemon/state/document.h"

#include <time.h>

int transition_enter(struct registration *r, json_object *document, enum state state)
{
    json_object *registration = document_registration(document);
    enum state old = registration_saved(r)->state;
    struct report_subject subject;
    struct saved next;

    saved_read(&next, document);
    report_subject_read(&subject, r->core, state == STATE_UNREGISTERED ? registration_saved(r) : &next);
    report_requester_read(&subject, &next);
    if (state != old) {
        document_set_string(registration, "state", state_names[state]);
        document_set(registration, "since", json_object_new_int64((int64_t)time(NULL)));
    }
    document_forget_all_attempts(registration);
    int result = store_commit(&r->core->store, document);
    if (result < 0)
        return result;

    if (state != old)
        report_state(r->core, &subject, old, state);
    sequence_clear(r);
    sequence_replan(r);
    core_changed(r->core);
    return 0;
}

void transition_note_failure(json_object *document, json_object *failure)
{
    json_object *copy = NULL;

    if (failure && json_object_deep_copy(failure, &copy, NULL) >= 0)
        document_set(document_registration(document), "lastFailure", copy);
}
