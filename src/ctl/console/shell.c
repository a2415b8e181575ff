#include "ctl/console/shell.h"

#include "common/utf8.h"
#include "ctl/console/ask.h"
#include "ctl/console/commands.h"
#include "ctl/console/console.h"
#include "ctl/console/editor.h"
#include "ctl/console/execute.h"
#include "ctl/console/input.h"
#include "ctl/console/leave.h"
#include "ctl/console/line-history.h"
#include "ctl/console/terminal.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/session/token.h"

#include <errno.h>

/* Gets the host name for the prompt. A console without a daemon opens, too: it says so, and helps. */
static void learn_host(struct console *console)
{
    struct tr_status *status;

    gethostname(console->host, sizeof(console->host) - 1);
    if (console_get_status(console, &status) == 0)
        tr_status_free(status);
    else
        putchar('\n');
}

static const char *format_prompt(const struct console *console, char *out, size_t size)
{
    if (console->input != CONSOLE_TERMINAL)
        return "";
    snprintf(out, size, "%s> ", utf8_is_printable(console->host) ? console->host : "");
    return out;
}

/* Runs a line that a person typed. */
static void run_typed_line(struct console *console, const char *line)
{
    if (line[strspn(line, " \t")] == 0)
        return;
    if (console->editor)
        line_history_keep(console->editor, console->commands, line);
    console->last = execute_text(console, line);
    if (!console->leaving)
        putchar('\n');
}

static void end_input(struct console *console, int r)
{
    if (r == -ENODATA) {
        leave_console(console, 1, NULL);
        return;
    }
    snprintf(console->usage_hint, sizeof(console->usage_hint), "Nothing was done.");
    if (r == -EMSGSIZE || r == -EILSEQ) {
        console->last = report_usage(
            console->session, "A line is longer than %d bytes or holds a NUL byte.", INPUT_LINE_MAX - 1);
        return;
    }
    console->leaving = true;
    console->last = report_usage(console->session, "Can't read the commands: %s.", strerror(-r));
}

static int run_lines(struct console *console)
{
    bool terminal = console->input == CONSOLE_TERMINAL;

    while (!console->leaving && (terminal || console->last == 0)) {
        _cleanup_erase_ char *line = NULL;
        char prompt[300];

        int r = ask_line(console, format_prompt(console, prompt, sizeof(prompt)), ANSWER_PLAIN, &line);
        if (r == -EINTR)
            continue;
        if (r < 0)
            end_input(console, r);
        else if (terminal)
            run_typed_line(console, line);
        else
            console->last = execute_text(console, line);
    }
    return console->last;
}

static int run_interactively(struct console *console)
{
    if (console->input == CONSOLE_TERMINAL) {
        terminal_open(console);
        if (console->editor)
            line_history_load(console->editor);
        learn_host(console);
    }
    token_hide_memory();
    return run_lines(console);
}

int verb_shell(struct session *session, int argc, char **argv)
{
    const char *words[OPTIONS_WORDS_MAX], *commands = NULL;
    const struct option_entry options[] = { { "-c", OPTION_TEXT, &commands }, { 0 } };
    struct console console;

    if (!options_parse(session, options, argc, argv, words))
        return session->exit_code;
    if (session->json)
        return report_usage(session, "The console prints no JSON: use the verbs of trctl for that.");

    console_begin(&console, session, command_table, commands != NULL);
    int r = commands ? execute_text(&console, commands) : run_interactively(&console);
    console_end(&console);
    return r;
}
