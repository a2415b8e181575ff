#include "ctl/verbs/cancel.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

int verb_cancel(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call_for_text(session, "Cancel", NULL, &reply);
    if (r != 0 || !reply)
        return r;
    const char *operation = json_get_string(reply, "operation");
    if (streq0(operation, "deregister"))
        output_line(stdout, "The deregistration is cancelled: the appliance is registered again.");
    else if (streq0(operation, "register"))
        output_line(stdout, "The registration is cancelled: the appliance is unregistered.");
    else
        output_line(stdout, "The renewal is cancelled: the present certificate stays in use.");
    return 0;
}
