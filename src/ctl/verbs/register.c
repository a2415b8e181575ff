#include "common/json.h"
#include "common/reason.h"
#include "ctl/session/options.h"
#include "ctl/session/token.h"
#include "ctl/session/wait.h"
#include "ctl/text/output.h"

#include <unistd.h>

static int refuse(
    const struct ctl *ctl, enum tr_error_class exit_class, enum reason reason, const char *message)
{
    return ctl_fail_with(ctl, exit_class, "org.threatresponse.agent.Refused", reason_to_string(reason),
        reason_remedy(reason), "%s", message);
}

/* Nobody shall be asked for a token in vain. The daemon decides all the same. */
int ctl_check_register(struct ctl *ctl)
{
    struct tr_status *status;

    int r = ctl_get_status(ctl, &status);
    if (r != 0)
        return r;

    bool enabled = status->enabled;
    enum tr_state state = status->registration->state;
    tr_status_free(status);

    if (state == TR_STATE_REGISTERED)
        return refuse(
            ctl, TR_CLASS_ALREADY, REASON_ALREADY_REGISTERED, "The appliance is registered already.");
    if (state == TR_STATE_REGISTERING || state == TR_STATE_DEREGISTERING)
        return refuse(ctl, TR_CLASS_BUSY, REASON_BUSY,
            state == TR_STATE_REGISTERING ? "The appliance registration is in progress."
                                          : "The appliance deregistration is in progress.");
    if (!enabled)
        return refuse(ctl, TR_CLASS_FAILED, REASON_FEATURE_DISABLED,
            "The Cisco Threat Response feature is disabled on your appliance.");
    /* A person may take his time: no connection is kept open for that long. */
    tr_client_disconnect(ctl->client);
    return 0;
}

static int send_token(struct ctl *ctl, const char *token, json_object **ret_reply)
{
    json_object *parameters = json_object_new_object();

    if (!parameters || json_add_string(parameters, "token", token) < 0) {
        json_put_erased(parameters);
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");
    }
    return ctl_call(ctl, "Register", parameters, ret_reply);
}

static void print_started(void)
{
    ctl_line(stdout, "The appliance registration is in progress.");
    fflush(stdout);
}

int ctl_register(struct ctl *ctl, const char *token)
{
    _cleanup_json_ json_object *reply = NULL;

    int r = send_token(ctl, token, &reply);
    if (r == 0)
        print_started();
    return r;
}

int verb_register(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    _cleanup_erase_ char *token = NULL;
    const char *words[CTL_WORDS_MAX], *file = NULL, *wait = NULL;
    int seconds = 0, r = 0;
    const struct ctl_option options[] = {
        { "--token-file", CTL_VALUE, &file },
        { "--wait", CTL_OPTIONAL_VALUE, &wait },
        { "--token", CTL_SURPLUS, NULL },
        { 0 },
    };

    if (!ctl_parse(ctl, options, argc, argv, words))
        return ctl->exit_code;
    if (wait && ctl_parse_seconds(wait, CTL_WAIT_DEFAULT, &seconds) < 0)
        return ctl_usage(ctl, "--wait takes a number of seconds, not \"%s\".", wait);

    if ((!file || streq(file, "-")) && isatty(STDIN_FILENO))
        r = ctl_check_register(ctl);
    if (r == 0)
        r = ctl_read_token(ctl, file, &token);
    if (r == 0)
        r = send_token(ctl, token, &reply);
    if (r != 0)
        return r;
    token = erase_free(token);

    if (!ctl->json)
        print_started();
    else if (!wait)
        ctl_json_object(stdout, reply);
    return wait ? ctl_wait(ctl, TR_OPERATION_REGISTER, NULL, seconds) : 0;
}
