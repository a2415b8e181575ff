#include "common/json.h"
#include "ctl/console/ask.h"
#include "ctl/session/candidate.h"
#include "ctl/session/comment.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <time.h>

int console_show_changes(struct console *console, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return console_run_verb(console, (char *[]){ (char *)"diff", NULL });
}

int console_log(struct console *console, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return console_run_verb(console, (char *[]){ (char *)"history", NULL });
}

int console_show_status(struct console *console, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return console_run_verb(console, (char *[]){ (char *)"status", NULL });
}

int console_check(struct console *console, int argc, char **argv)
{
    return console_run_verb(console, (char *[]){ (char *)"check", argc > 1 ? argv[1] : NULL, NULL });
}

static int has_staged(struct console *console, bool *ret_staged)
{
    struct tr_status *status;

    int r = console_get_status(console, &status);
    if (r != 0)
        return r;
    *ret_staged = candidate_of_caller(status);
    tr_status_free(status);
    return 0;
}

/* Asks until the comment is one, as long as somebody is there to be asked. */
static int ask_for_comment(struct console *console, char **ret_comment)
{
    putchar('\n');
    output_line(stdout, "Please enter some comments describing your changes:");
    for (;;) {
        _cleanup_free_ char *answer = NULL;

        int r = ask_answer(console, "[]> ", ANSWER_PLAIN, &answer);
        if (r != 0)
            return r;
        r = comment_check(console->session, answer);
        if (r == 0) {
            *ret_comment = TAKE_PTR(answer);
            putchar('\n');
            return 0;
        }
        if (console->input != CONSOLE_TERMINAL)
            return r;
    }
}

int changes_commit(struct console *console, int argc, char **argv)
{
    _cleanup_free_ char *answer = NULL;
    bool staged = true;
    int r = 0;

    if (argc == 1 && console->input != CONSOLE_BATCH) {
        r = has_staged(console, &staged);
        /* What can't be committed needs no comment: the daemon says why. */
        if (r == 0 && staged)
            r = ask_for_comment(console, &answer);
    }
    if (r != 0)
        return r;
    char *comment = argc > 1 ? argv[1] : answer ? answer : (char *)"";
    return console_run_verb(console, (char *[]){ (char *)"commit", (char *)"-m", comment, NULL });
}

int changes_clear(struct console *console, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    bool staged = true, yes = true;
    int r = 0;

    (void)argc;
    (void)argv;
    if (console->input != CONSOLE_BATCH) {
        r = has_staged(console, &staged);
        if (r == 0 && staged) {
            putchar('\n');
            r = ask_yes_or_no(
                console, "Are you sure you want to clear all changes since the last commit?", true, &yes);
        }
    }
    if (r != 0)
        return r;
    if (!yes) {
        output_line(stdout, "The changes stay as they are.");
        return 0;
    }
    if (staged)
        r = session_call(console->session, "ClearStaged", NULL, &reply);
    if (r != 0)
        return r;
    if (!json_get_bool(reply, "dropped", false))
        return report_failure(console->session, TR_CLASS_ALREADY, "nothing_staged", NULL, NULL,
            "There are no changes since the last commit.");
    output_line(stdout, "Changes cleared: %s", time_text_gmt((int64_t)time(NULL)).text);
    return 0;
}

bool console_has_staged(struct console *console)
{
    struct tr_status *status = NULL;

    /* Who wants to leave is not kept by a daemon that does not answer. */
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
    if (console->input == CONSOLE_TERMINAL && console_has_staged(console)) {
        putchar('\n');
        output_line(stdout,
            "You have changes that are not committed: showchanges lists them, commit makes them "
            "active. They stay as they are until then.");
        int r = ask_yes_or_no(console, "Are you sure you wish to exit?", false, &yes);
        /* Who gives no answer at all has gone. */
        if (r != 0 && !console->at_end)
            return r;
    }
    console->leaving = yes;
    /* As in a shell, the last command tells how it ended. */
    return console->last;
}
