#include "ctl/verbs/reset-identity.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <unistd.h>

int verb_reset_identity(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];
    bool yes = false;
    const struct option_entry options[] = { { "--yes", OPTION_FLAG, &yes }, { 0 } };

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    if (!yes && !isatty(STDIN_FILENO))
        return report_usage(session, "Without a terminal to ask on, reset-identity needs --yes.");
    if (!yes &&
        !session_confirm(
            "The device GUID, the key and the certificate of this appliance are forgotten without telling "
            "the cloud; the settings stay.\n"
            "\n"
            "Do you want to reset the identity of this appliance? [N]> "))
        return report_failure(
            session, TR_CLASS_FAILED, "declined", NULL, NULL, "The appliance stays as it is.");

    int r = session_call_for_text(session, "ResetIdentity", NULL, &reply);
    if (r != 0 || !reply)
        return r;
    output_line(
        stdout, "The identity was forgotten: the appliance is unregistered, and registers with a new one.");
    return 0;
}
