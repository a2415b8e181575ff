#include "ctl/console/console.h"

#include "ctl/console/editor.h"
#include "ctl/console/input.h"
#include "ctl/console/reword.h"

#include <stdio.h>

void console_begin(
    struct console *console, struct session *session, const struct command *commands, bool batch)
{
    *console = (struct console){
        .session = session,
        .commands = commands,
        .input = batch                  ? CONSOLE_BATCH
                 : isatty(STDIN_FILENO) ? CONSOLE_TERMINAL
                                        : CONSOLE_STREAM,
        .words = { .usage_hint = console->usage_hint, .reword = reword_error },
    };
    session->console = &console->words;
    session->interrupted = &input_interrupted;
}

void console_end(struct console *console)
{
    console->editor = editor_free(console->editor);
    console->session->console = NULL;
    console->session->interrupted = NULL;
}

int console_get_status(struct console *console, struct tr_status **ret_status)
{
    int r = session_get_status(console->session, ret_status);

    if (r != 0)
        return r;
    snprintf(console->host, sizeof(console->host), "%s", (*ret_status)->name);
    if (!console->mode_known)
        console->mode = (*ret_status)->cluster_mode;
    console->mode_known = true;
    return 0;
}

int console_run_verb(struct console *console, char **words)
{
    struct session *session = console->session;
    int argc = 0;

    while (words[argc])
        argc++;
    session->verb = verb_find(session->verbs, words[0]);
    int r = session->verb->run(session, argc, words);
    session->verb = NULL;
    return r;
}
