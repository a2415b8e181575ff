#include "ctl/console/leave.h"

#include "ctl/console/ask.h"
#include "ctl/console/console.h"
#include "ctl/session/candidate.h"
#include "ctl/text/output.h"

/* True if the caller has staged something. A daemon that doesn't answer keeps nobody from leaving. */
static bool has_staged(struct console *console)
{
    struct tr_status *status = NULL;

    if (session_open(console->session) != 0 || tr_get_status(console->session->client, &status, NULL) < 0)
        return false;
    bool staged = candidate_of_caller(status);
    tr_status_free(status);
    return staged;
}

int leave_console(struct console *console, int argc, char **argv)
{
    bool yes = true;

    (void)argc;
    (void)argv;
    if (console->input == CONSOLE_TERMINAL && has_staged(console)) {
        putchar('\n');
        output_line(stdout,
            "You have changes that are not committed: showchanges lists them, commit makes them "
            "active. They stay as they are until then.");
        int r = ask_yes_or_no(console, "Are you sure you wish to exit?", false, &yes);
        /* The end of the input is no answer, but the person has gone. */
        if (r != 0 && !console->at_end)
            return r;
    }
    console->leaving = yes;
    return console->last;
}
