#include "ctl/console/console.h"

#include "common/mistyped.h"
#include "common/utf8.h"
#include "ctl/console/ask.h"
#include "ctl/console/input.h"
#include "ctl/console/line-history.h"
#include "ctl/console/tokenizer.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/prctl.h>

static void learn(struct console *console, const struct tr_status *status)
{
    snprintf(console->host, sizeof(console->host), "%s", status->name);
    if (!console->mode_known)
        console->mode = status->cluster_mode;
    console->mode_known = true;
}

int console_get_status(struct console *console, struct tr_status **ret_status)
{
    int r = session_get_status(console->session, ret_status);

    if (r == 0)
        learn(console, *ret_status);
    return r;
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

static int unknown_command(struct console *console, const char *name)
{
    const struct command *near = NULL;
    int distance = MISTYPED_FAR;

    for (const struct command *command = command_table; command->name; command++)
        if (mistyped_is_nearer(name, command->name, &distance))
            near = command;
    if (near)
        return report_usage(console->session, "There is no command %s. Did you mean %s?", name, near->name);
    /* It is not repeated: it may be a token that was typed in the wrong place. */
    return report_usage(console->session, "There is no such command.");
}

static int run_command(struct console *console, const struct command *command, int argc, char **argv)
{
    int r = 0;

    snprintf(console->usage_hint, sizeof(console->usage_hint),
        console->is_link ? "See \"%s --help\"." : "See \"help %s\".", command->name);
    if (command->machine_mode)
        r = mode_require_machine(console, argc == 1 && console->input != CONSOLE_BATCH);
    if (r != 0)
        return r;
    if (!command->choices && argc - 1 > command->max_words)
        return report_usage(
            console->session, "There are too many words: put what belongs together in quotes.");
    if (!command->choices)
        return command->run(console, argc, argv);
    if (argc > 1)
        return menu_run_choice(console, command, argc, argv);
    if (console->input == CONSOLE_BATCH)
        return report_usage(console->session, "%s needs an operation here.", command->name);
    return menu_run_dialogue(console, command);
}

static int run_words(struct console *console, int argc, char **argv)
{
    const struct command *command = command_find(argv[0]);

    snprintf(console->usage_hint, sizeof(console->usage_hint), "Enter \"help\" for the list of commands.");
    if (!command)
        return unknown_command(console, argv[0]);
    return run_command(console, command, argc, argv);
}

/* A mistake at the end of a text keeps its beginning from being done, too. */
static int check_text(struct console *console, const char *text)
{
    struct tokenizer_command command;
    const char *mistake = NULL;
    int r;

    while ((r = tokenizer_next(&text, &command, &mistake)) > 0)
        ;
    tokenizer_erase(&command);
    if (r == 0)
        return 0;
    snprintf(console->usage_hint, sizeof(console->usage_hint), "Nothing was done.");
    return report_usage(console->session, "%s", mistake);
}

int execute_text(struct console *console, const char *text)
{
    struct tokenizer_command command;
    const char *mistake;

    int r = check_text(console, text);
    while (r == 0 && !console->leaving && tokenizer_next(&text, &command, &mistake) > 0) {
        r = run_words(console, command.argc, command.argv);
        tokenizer_erase(&command);
    }
    fflush(stdout);
    return r;
}

static void console_init(struct console *console, struct session *session, enum console_input input)
{
    *console = (struct console){ .session = session, .input = input };
    console->words = (struct console_words){ .usage_hint = console->usage_hint, .reword = reword_error };
    session->console = &console->words;
    session->interrupted = &input_interrupted;
}

static void complete(void *userdata, const char *line, struct editor_matches *ret)
{
    complete_line(userdata, line, ret);
}

/* Makes a person at home: line editing in his character set, Ctrl-C. */
static void open_terminal(struct console *console)
{
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    input_catch_interrupts();
    if (isatty(STDOUT_FILENO))
        console->editor = editor_new(complete, console);
}

/* The host name for the prompt. A console opens without its daemon, too: it says so, and helps. */
static void greet(struct console *console)
{
    struct tr_status *status;

    gethostname(console->host, sizeof(console->host) - 1);
    if (console_get_status(console, &status) == 0)
        tr_status_free(status);
    else
        putchar('\n');
}

static const char *prompt_of(const struct console *console, char *out, size_t size)
{
    if (console->input != CONSOLE_TERMINAL)
        return "";
    snprintf(out, size, "%s> ", utf8_is_printable(console->host) ? console->host : "");
    return out;
}

/* One line of a person. */
static void run_typed(struct console *console, char *line)
{
    if (line[strspn(line, " \t")] == 0)
        return;
    if (console->editor)
        history_keep(console->editor, line);
    if (console->editor && !history_may_keep(line))
        editor_forget(console->editor);
    console->last = execute_text(console, line);
    if (!console->leaving)
        putchar('\n');
}

static int end_of_input(struct console *console, int r)
{
    if (r == -ENODATA)
        return leave_console(console, 1, NULL);
    snprintf(console->usage_hint, sizeof(console->usage_hint), "Nothing was done.");
    if (r == -EMSGSIZE || r == -EILSEQ)
        return console->last = report_usage(
                   console->session, "A line is longer than %d bytes, or it is no text.", INPUT_LINE_MAX - 1);
    console->leaving = true;
    return console->last = report_usage(console->session, "Can't read the commands: %s.", strerror(-r));
}

static int run_lines(struct console *console)
{
    bool terminal = console->input == CONSOLE_TERMINAL;

    while (!console->leaving && (terminal || console->last == 0)) {
        _cleanup_erase_ char *line = NULL;
        char prompt[300];

        int r = ask_line(console, prompt_of(console, prompt, sizeof(prompt)), ANSWER_PLAIN, &line);
        if (r == -EINTR)
            continue;
        if (r < 0)
            end_of_input(console, r);
        else if (terminal)
            run_typed(console, line);
        else
            console->last = execute_text(console, line);
    }
    return console->last;
}

/* A token may be typed: neither a core dump nor another process of this user may show it. */
static void hide_memory(void)
{
    prctl(PR_SET_DUMPABLE, 0);
}

static int run_console(struct console *console)
{
    if (console->input == CONSOLE_TERMINAL) {
        open_terminal(console);
        if (console->editor)
            history_load(console->editor);
        greet(console);
    }
    hide_memory();
    int r = run_lines(console);
    console->editor = editor_free(console->editor);
    return r;
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

    console_init(&console, session,
        commands               ? CONSOLE_BATCH
        : isatty(STDIN_FILENO) ? CONSOLE_TERMINAL
                               : CONSOLE_STREAM);
    int r = commands ? execute_text(&console, commands) : run_console(&console);
    session->console = NULL;
    session->interrupted = NULL;
    return r;
}

const struct command *link_find(const char *program)
{
    const char *slash = strrchr(program, '/');
    const struct command *command = command_find(slash ? slash + 1 : program);

    return command && command->is_link ? command : NULL;
}

int link_run(struct session *session, const struct command *command, int argc, char **argv)
{
    char *words[TOKENIZER_WORDS_MAX + 1] = { (char *)(uintptr_t)command->name };
    struct console console;

    if (session->json)
        return report_usage(session, "The console prints no JSON: use the verbs of trctl for that.");
    console_init(&console, session,
        argc > 0               ? CONSOLE_BATCH
        : isatty(STDIN_FILENO) ? CONSOLE_TERMINAL
                               : CONSOLE_STREAM);
    console.is_link = true;
    snprintf(console.usage_hint, sizeof(console.usage_hint), "See \"%s --help\".", command->name);

    int r;
    if (argc + 1 > TOKENIZER_WORDS_MAX)
        r = report_usage(session, "There are too many words.");
    else {
        for (int i = 0; i < argc; i++)
            words[i + 1] = argv[i];
        if (console.input == CONSOLE_TERMINAL)
            open_terminal(&console);
        hide_memory();
        r = run_command(&console, command, argc + 1, words);
        console.editor = editor_free(console.editor);
    }
    session->console = NULL;
    session->interrupted = NULL;
    return r;
}
