#include "ctl/session/registration.h"

#include "common/json.h"
#include "common/reason.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "varlink/agent.h"

#include <stdio.h>

static int report_refusal(
    const struct session *session, enum tr_error_class exit_class, enum reason reason, const char *message)
{
    return report_failure(session, exit_class, AGENT_INTERFACE ".Refused", reason_to_string(reason),
        reason_remedy(reason), "%s", message);
}

int registration_check(struct session *session)
{
    struct tr_status *status;

    int r = session_get_status(session, &status);
    if (r != 0)
        return r;

    bool enabled = status->enabled;
    enum tr_state state = status->registration->state;
    tr_status_free(status);

    if (state == TR_STATE_REGISTERED)
        return report_refusal(
            session, TR_CLASS_ALREADY, REASON_ALREADY_REGISTERED, "The appliance is registered already.");
    if (state == TR_STATE_REGISTERING || state == TR_STATE_DEREGISTERING)
        return report_refusal(session, TR_CLASS_BUSY, REASON_BUSY,
            state == TR_STATE_REGISTERING ? "The appliance registration is in progress."
                                          : "The appliance deregistration is in progress.");
    if (!enabled)
        return report_refusal(session, TR_CLASS_FAILED, REASON_FEATURE_DISABLED,
            "The Cisco Threat Response feature is disabled on your appliance.");
    /* A person may take a while: don't hold a connection of the daemon meanwhile. */
    tr_client_disconnect(session->client);
    return 0;
}

static int send_token(struct session *session, const char *token, json_object **ret_reply)
{
    json_object *parameters = json_object_new_object();

    if (!parameters || json_add_string(parameters, "token", token) < 0) {
        json_put_erased(parameters);
        return report_no_memory(session);
    }
    return session_call(session, "Register", parameters, ret_reply);
}

int registration_start(struct session *session, const char *token, json_object **ret_reply)
{
    _cleanup_json_ json_object *reply = NULL;

    int r = send_token(session, token, &reply);
    if (r != 0)
        return r;
    if (!session->json) {
        output_line(stdout, "The appliance registration is in progress.");
        fflush(stdout);
    }
    if (ret_reply)
        *ret_reply = TAKE_PTR(reply);
    return 0;
}
