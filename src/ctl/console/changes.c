#include "ctl/console/changes.h"

#include "common/json.h"
#include "ctl/console/ask.h"
#include "ctl/console/console.h"
#include "ctl/session/candidate.h"
#include "ctl/session/comment.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <time.h>

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

/* Asks a person until the comment is valid; from a stream only once. */
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
        /* If nothing is staged, don't ask for a comment: the daemon refuses the commit and says why. */
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
