#include "common/json.h"
#include "common/reason.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/session/token.h"
#include "ctl/session/wait.h"
#include "ctl/text/output.h"
#include "ctl/verbs/verbs.h"

#include <unistd.h>

static int refuse(
    const struct session *session, enum tr_error_class exit_class, enum reason reason, const char *message)
{
    return report_failure(session, exit_class, "org.threatresponse.agent.Refused", reason_to_string(reason),
        reason_remedy(reason), "%s", message);
}

/* Nobody shall be asked for a token in vain. The daemon decides all the same. */
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
        return refuse(
            session, TR_CLASS_ALREADY, REASON_ALREADY_REGISTERED, "The appliance is registered already.");
    if (state == TR_STATE_REGISTERING || state == TR_STATE_DEREGISTERING)
        return refuse(session, TR_CLASS_BUSY, REASON_BUSY,
            state == TR_STATE_REGISTERING ? "The appliance registration is in progress."
                                          : "The appliance deregistration is in progress.");
    if (!enabled)
        return refuse(session, TR_CLASS_FAILED, REASON_FEATURE_DISABLED,
            "The Cisco Threat Response feature is disabled on your appliance.");
    /* A person may take his time: no connection is kept open for that long. */
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

static void print_started(void)
{
    output_line(stdout, "The appliance registration is in progress.");
    fflush(stdout);
}

int registration_start(struct session *session, const char *token)
{
    _cleanup_json_ json_object *reply = NULL;

    int r = send_token(session, token, &reply);
    if (r == 0)
        print_started();
    return r;
}

int verb_register(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    _cleanup_erase_ char *token = NULL;
    const char *words[OPTIONS_WORDS_MAX], *file = NULL, *wait = NULL;
    int seconds = 0, r = 0;
    const struct option_entry options[] = {
        { "--token-file", OPTION_VALUE, &file },
        { "--wait", OPTION_OPTIONAL_VALUE, &wait },
        { "--token", OPTION_REFUSED, NULL },
        { 0 },
    };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    if (wait && options_parse_seconds(wait, WAIT_SECONDS_DEFAULT, &seconds) < 0)
        return report_usage(session, "--wait takes a number of seconds, not \"%s\".", wait);

    if ((!file || streq(file, "-")) && isatty(STDIN_FILENO))
        r = registration_check(session);
    if (r == 0)
        r = token_read(session, file, &token);
    if (r == 0)
        r = send_token(session, token, &reply);
    if (r != 0)
        return r;
    token = erase_free(token);

    if (!session->json)
        print_started();
    else if (!wait)
        output_json_object(stdout, reply);
    return wait ? wait_for_end(session, TR_OPERATION_REGISTER, NULL, seconds) : 0;
}
