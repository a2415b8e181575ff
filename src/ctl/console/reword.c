#include "ctl/console/reword.h"

#include "common/memory.h"
#include "varlink/agent.h"

#include <stdio.h>

/* The console's texts for errors whose own text names verbs of trctl, by the error's code or by its reason. NULL:
 * the error keeps its text. */
static const struct {
    const char *code, *reason, *message, *hint;
} words[] = {
    { AGENT_INTERFACE ".CommitConflict", NULL, NULL,
        "Use showchanges to see the difference and clearchanges to drop your changes; then make them "
        "again." },
    { AGENT_INTERFACE ".NothingStaged", NULL, NULL,
        "Use the threatresponseconfig or the cloudserviceconfig command to change something first." },
    { AGENT_INTERFACE ".UnknownServer", NULL, NULL,
        "Enter the number, the label or the host name of a server of the list." },
    { AGENT_INTERFACE ".UnsupportedServer", NULL, NULL, "Choose a server of the list that is supported." },
    { NULL, "feature_disabled", NULL, "Use the threatresponseconfig command to enable it, and commit." },
    { NULL, "busy", NULL,
        "Try again after some time: the status command shows what is in progress, and the CANCEL operation "
        "of the cloudserviceconfig command gives it up." },
    { NULL, "already_registered", NULL,
        "Use the DEREGISTER operation of the cloudserviceconfig command first to register it anew." },
    { NULL, "not_registered", NULL,
        "Use the REGISTER operation of the cloudserviceconfig command to register it." },
    { "stopped", NULL, NULL, "Use the status command to see how far it is." },
    { "timed_out_waiting", NULL, NULL, "Use the status command to see how far it is." },
};

void reword_error(struct tr_error *error)
{
    for (size_t i = 0; i < ELEMENTS(words); i++) {
        if (!(words[i].code && streq(words[i].code, error->code)) &&
            !(words[i].reason && streq(words[i].reason, error->reason)))
            continue;
        if (words[i].message)
            snprintf(error->message, sizeof(error->message), "%s", words[i].message);
        if (words[i].hint)
            snprintf(error->hint, sizeof(error->hint), "%s", words[i].hint);
        return;
    }
}
