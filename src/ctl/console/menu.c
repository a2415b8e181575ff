#include "ctl/console/menu.h"

#include "ctl/console/ask.h"
#include "ctl/console/console.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

enum {
    CHOICES_MAX = 8,
};

static int report_unknown_choice(struct console *console, const struct command *command, const char *name)
{
    const struct choice *near = command_suggest_choice(command, name);

    if (near)
        return report_usage(console->session, "There is no operation %s. Did you mean %s?", name, near->name);
    /* The word isn't repeated: it may be a token that was typed in the wrong place. */
    return report_usage(console->session, "There is no such operation.");
}

/* Prints the choices that apply and stores their names, which complete the answer. Returns their number. */
static size_t show_menu(
    const struct command *command, const struct tr_status *status, char *offers[CHOICES_MAX + 1])
{
    size_t n = 0;

    for (const struct choice *choice = command->choices; choice->name; choice++) {
        if (!choice->applies(status) || n == CHOICES_MAX)
            continue;
        if (n == 0)
            output_line(stdout, "Choose the operation you want to perform:");
        output_line(stdout, "- %s - %s", choice->name, choice->text);
        offers[n++] = (char *)(uintptr_t)choice->name;
    }
    offers[n] = NULL;
    return n;
}

static int run_choice(struct console *console, const struct choice *choice, int argc, char **argv)
{
    if (!choice->verb)
        return choice->run(console, argc, argv);
    argv[0] = (char *)(uintptr_t)choice->verb;
    return console_run_verb(console, argv);
}

static int ask_for_choice(struct console *console, const struct command *command, char *const *offers,
    const struct choice **ret_choice)
{
    for (;;) {
        _cleanup_(erase_freep) char *answer = NULL;

        console->offers = offers;
        int r = ask_answer(console, "[]> ", ANSWER_PLAIN, &answer);
        console->offers = NULL;
        if (r != 0)
            return r;
        *ret_choice = command_find_choice(command, answer);
        if (*ret_choice || !*answer)
            return 0;
        r = report_unknown_choice(console, command, answer);
        if (console->input != CONSOLE_TERMINAL)
            return r;
    }
}

int menu_run_dialogue(struct console *console, const struct command *command)
{
    const struct choice *choice = NULL;
    struct tr_status *status;
    char *offers[CHOICES_MAX + 1];

    int r = console_get_status(console, &status);
    if (r != 0)
        return r;
    putchar('\n');
    if (command->print_notes)
        command->print_notes(stdout, status);
    size_t n = show_menu(command, status, offers);
    tr_status_free(status);

    if (n > 0)
        r = ask_for_choice(console, command, offers, &choice);
    if (r != 0 || !choice)
        return r;
    putchar('\n');
    return run_choice(console, choice, 1, (char *[]){ (char *)(uintptr_t)choice->name, NULL });
}

int menu_run_choice(struct console *console, const struct command *command, int argc, char **argv)
{
    const struct choice *choice = command_find_choice(command, argv[1]);

    if (!choice)
        return report_unknown_choice(console, command, argv[1]);
    return run_choice(console, choice, argc - 1, argv + 1);
}
