#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

#include <unistd.h>

int verb_reset_identity(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[CTL_WORDS_MAX];
    bool yes = false;
    const struct ctl_option options[] = { { "--yes", CTL_FLAG, &yes }, { 0 } };

    if (!ctl_parse(ctl, options, argc, argv, words))
        return ctl->exit_code;
    if (!yes && !isatty(STDIN_FILENO))
        return ctl_usage(ctl, "Without a terminal to ask on, reset-identity needs --yes.");
    if (!yes &&
        !ctl_confirm(
            "The device GUID, the key and the certificate of this appliance are forgotten without telling "
            "the cloud; the settings stay.\n"
            "\n"
            "Do you want to reset the identity of this appliance? [N]> "))
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "declined", NULL, NULL, "The appliance stays as it is.");

    int r = ctl_call(ctl, "ResetIdentity", NULL, &reply);
    if (r != 0)
        return r;
    if (ctl->json)
        ctl_json_object(stdout, reply);
    else
        ctl_line(stdout,
            "The identity was forgotten: the appliance is unregistered, and registers with a new one.");
    return 0;
}
