#include "ctl/verbs/deregister.h"

#include "common/json.h"
#include "common/reason.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/session/wait.h"
#include "ctl/text/output.h"
#include "varlink/agent.h"

#include <unistd.h>

/* Checks that there is something to deregister before a person is asked, and gets the product's name. Returns 0,
 * or the exit code after a report. */
static int check_state(struct session *session, bool local_only, char **ret_product)
{
    struct tr_status *status;

    int r = session_get_status(session, &status);
    if (r != 0)
        return r;
    enum tr_state state = status->registration->state;
    _cleanup_free_ char *product = strdup(status->product);
    tr_status_free(status);

    if (!product)
        return report_no_memory(session);
    if (state == TR_STATE_DEREGISTERING && !local_only)
        return report_failure(session, TR_CLASS_BUSY, AGENT_INTERFACE ".Refused",
            reason_to_string(REASON_BUSY), reason_remedy(REASON_BUSY),
            "The %s deregistration is in progress.", product);
    if (state == TR_STATE_UNREGISTERED)
        return report_failure(session, TR_CLASS_ALREADY, AGENT_INTERFACE ".Refused",
            reason_to_string(REASON_NOT_REGISTERED), NULL, "The appliance is not registered.");
    *ret_product = TAKE_PTR(product);
    return 0;
}

static void print_started(const char *product, bool local_only, json_object *reply)
{
    const char *notice = json_get_string(reply, "notice");

    if (!local_only)
        output_line(stdout, "The %s deregistration is in progress.", product);
    else if (!notice)
        output_line(stdout, "The %s was deregistered locally; the cloud was not told.", product);
    if (notice)
        output_line(stdout, "%s", notice);
    fflush(stdout);
}

int verb_deregister(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    _cleanup_free_ char *product = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    bool yes = false, local_only = false;
    int wait_seconds = -1; /* doesn't wait */
    const struct option_entry options[] = {
        { "--yes", OPTION_FLAG, &yes },
        { "--local-only", OPTION_FLAG, &local_only },
        { "--wait", OPTION_WAIT, &wait_seconds },
        { 0 },
    };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    if (!yes && !isatty(STDIN_FILENO))
        return report_usage(session, "Without a terminal to ask on, deregister needs --yes.");

    int r = check_state(session, local_only, &product);
    if (r != 0)
        return r;
    if (!yes) {
        tr_client_disconnect(session->client);
        if (!session_confirm(
                "Do you want to deregister your appliance from the Cisco Threat Response portal.\n"
                "\n"
                "If you deregister, you will not be able to access the Cloud Service features. [N]> "))
            return report_failure(
                session, TR_CLASS_FAILED, "declined", NULL, NULL, "The appliance stays as it is.");
    }

    json_object *parameters = json_object_new_object();
    if (local_only)
        json_add_bool(parameters, "localOnly", true);
    r = session_call(session, "Deregister", parameters, &reply);
    if (r != 0)
        return r;

    /* A local deregistration is done when its reply comes: there is nothing to wait for. */
    if (!session->json)
        print_started(product, local_only, reply);
    else if (wait_seconds < 0 || local_only)
        output_json_object(stdout, reply);
    return wait_seconds >= 0 && !local_only
               ? wait_for_end(session, TR_OPERATION_DEREGISTER, NULL, wait_seconds)
               : 0;
}
