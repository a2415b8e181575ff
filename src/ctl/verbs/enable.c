#include "ctl/verbs/enable.h"

#include "common/json.h"
#include "ctl/session/candidate.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

/* True if the feature is set like this already and the caller has staged nothing that would change it. */
static bool is_set_already(const struct tr_status *status, bool enabled)
{
    const struct tr_candidate *staged = candidate_of_caller(status);

    return status->enabled == enabled && !(staged && staged->has_enabled && staged->enabled != enabled);
}

/* Prints the sentences of the product's dialogue. */
static void print_for_console(bool enabled, bool registered)
{
    if (enabled && !registered)
        output_line(stdout,
            "The Cisco Threat Response feature is currently enabled on your appliance. Use the "
            "cloudserviceconfig command to register your appliance with the Cisco Threat "
            "Response portal.");
    else
        output_line(stdout, "The Cisco Threat Response feature is currently %s on your appliance.",
            enabled ? "enabled" : "disabled");
    if (!enabled && registered)
        output_line(
            stdout, "With the commit all traffic to the cloud stops; the appliance stays registered.");
}

static int stage_feature(struct session *session, int argc, char **argv, bool enabled)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    struct tr_status *status;

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_get_status(session, &status);
    if (r != 0)
        return r;
    bool already = is_set_already(status, enabled);
    bool registered = status->registration->state == TR_STATE_REGISTERED;
    tr_status_free(status);
    if (already)
        return report_failure(session, TR_CLASS_ALREADY, "already", NULL, NULL,
            "The Cisco Threat Response feature is %s already.", enabled ? "enabled" : "disabled");

    json_object *parameters = json_object_new_object();
    json_add_bool(parameters, "enabled", enabled);
    r = session_call_for_text(session, "Stage", parameters, &reply);
    if (r != 0 || !reply)
        return r;
    if (session->console) {
        print_for_console(enabled, registered);
        return 0;
    }

    /* The value that is committed is no change: for it the daemon drops a staged contrary. */
    if (!json_object_object_get(json_get_object(reply, "staged"), "enabled")) {
        output_line(stdout, "The Cisco Threat Response feature stays %s.", enabled ? "enabled" : "disabled");
        return 0;
    }
    output_line(stdout, "The Cisco Threat Response feature is %s with the next commit.",
        enabled ? "enabled" : "disabled");
    if (!enabled && registered)
        output_line(stdout, "The appliance stays registered, but all traffic to the cloud stops.");
    output_line(stdout, "Make sure you run \"trctl commit\" to make these changes active.");
    return 0;
}

int verb_enable(struct session *session, int argc, char **argv)
{
    return stage_feature(session, argc, argv, true);
}

int verb_disable(struct session *session, int argc, char **argv)
{
    return stage_feature(session, argc, argv, false);
}
