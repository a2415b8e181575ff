#include "ctl/verbs.h"

#include "ctl/console/shell.h"
#include "ctl/session/options.h"
#include "ctl/verbs/call.h"
#include "ctl/verbs/cancel.h"
#include "ctl/verbs/certificate.h"
#include "ctl/verbs/check.h"
#include "ctl/verbs/clear.h"
#include "ctl/verbs/commit.h"
#include "ctl/verbs/deregister.h"
#include "ctl/verbs/diff.h"
#include "ctl/verbs/enable.h"
#include "ctl/verbs/history.h"
#include "ctl/verbs/metrics.h"
#include "ctl/verbs/recognise.h"
#include "ctl/verbs/register.h"
#include "ctl/verbs/reload.h"
#include "ctl/verbs/renew.h"
#include "ctl/verbs/reset-identity.h"
#include "ctl/verbs/retry.h"
#include "ctl/verbs/server.h"
#include "ctl/verbs/servers.h"
#include "ctl/verbs/settings.h"
#include "ctl/verbs/status.h"
#include "ctl/verbs/watch.h"

const struct verb verb_table[] = {
    { "status", "[--watch] [--check]",
        "Shows the state of the registration; with --watch again at each change, with --check as one line "
        "for "
        "monitors",
        0, 0, verb_status },
    { "watch", "", "Prints a line for each change of the state", 0, 0, verb_watch },
    { "check", "[SERVER]", "Checks the way to the cloud, step by step", 0, 1, verb_check },
    { "servers", "", "Lists the regional servers", 0, 0, verb_servers },
    { "settings", "", "Lists the settings and where their values come from", 0, 0, verb_settings },
    { "enable", "", "Enables the feature with the next commit", 0, 0, verb_enable },
    { "disable", "", "Disables the feature with the next commit", 0, 0, verb_disable },
    { "server", "NAME", "Chooses the server for the next commit, by number, label or host name", 1, 1,
        verb_server },
    { "diff", "", "Shows your staged changes", 0, 0, verb_diff },
    { "commit", "[-m TEXT]", "Makes your staged changes active, with a comment", 0, 0, verb_commit },
    { "clear", "", "Drops your staged changes", 0, 0, verb_clear },
    { "history", "", "Lists the commits, the newest first", 0, 0, verb_history },
    { "register", "[--token-file FILE|-] [--wait[=SECONDS]]",
        "Registers with a token from the file, the terminal or standard input", 0, 0, verb_register,
        "A token is not taken from the command line, since everybody could see it in the list of processes: "
        "use --token-file, standard input or the prompt." },
    { "deregister", "[--yes] [--local-only] [--wait[=SECONDS]]",
        "Deregisters; with --local-only without telling the cloud", 0, 0, verb_deregister },
    { "cancel", "", "Cancels a registration, or a deregistration or renewal that waits", 0, 0, verb_cancel },
    { "retry", "", "Tries now what waits for its next attempt after a failure", 0, 0, verb_retry },
    { "renew", "[--wait[=SECONDS]]", "Asks for a new certificate now", 0, 0, verb_renew },
    { "certificate", "[--pem]", "Shows the appliance's certificate; with --pem prints it and its chain", 0, 0,
        verb_certificate },
    { "metrics", "[--openmetrics] [--output FILE]",
        "Prints metrics, or writes them to a file for a collector", 0, 0, verb_metrics },
    { "reset-identity", "[--yes]", "Forgets the identity of a machine that is a copy of another one", 0, 0,
        verb_reset_identity },
    { "reload", "", "Lets the daemon read its configuration again", 0, 0, verb_reload },
    { "recognise", "[TEXT ...|-]",
        "Shows the observables of a text, or of standard input, in their normal form; sends nothing", 0,
        OPTIONS_WORDS_MAX, verb_recognise, "There are too many words: give the text by standard input." },
    { "call", "[--more] METHOD [JSON|-]", "Calls a method of the daemon and prints its answer", 1, 2,
        verb_call },
    { "shell", "[-c COMMANDS]", "Opens the appliance console, or runs the commands of one line", 0, 0,
        verb_shell },
    { 0 },
};
