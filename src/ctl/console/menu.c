#include "common/mistyped.h"
#include "ctl/console/ask.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <strings.h>

enum {
    CHOICES_MAX = 8,
};

const struct choice *command_find_choice(const struct command *command, const char *name)
{
    for (const struct choice *choice = command->choices; choice->verb; choice++)
        if (strcasecmp(choice->verb, name) == 0)
            return choice;
    return NULL;
}

static int unknown_choice(struct console *console, const struct command *command, const char *name)
{
    const struct choice *near = NULL;
    int distance = MISTYPED_FAR;

    for (const struct choice *choice = command->choices; choice->verb; choice++)
        if (mistyped_is_nearer(name, choice->verb, &distance))
            near = choice;
    if (near)
        return report_usage(console->session, "There is no operation %s. Did you mean %s?", name, near->verb);
    /* What is no name may be a token that was typed in the wrong place. */
    return report_usage(console->session, "What you entered is none of the operations.");
}

/* Shows what applies, and offers it to the completion. */
static size_t show_menu(
    const struct command *command, const struct tr_status *status, char *offers[CHOICES_MAX + 1])
{
    size_t n = 0;

    for (const struct choice *choice = command->choices; choice->verb; choice++) {
        if (!choice->applies(status) || n == CHOICES_MAX)
            continue;
        if (n == 0)
            output_line(stdout, "Choose the operation you want to perform:");
        output_line(stdout, "- %s - %s", choice->verb, choice->text);
        offers[n++] = (char *)(uintptr_t)choice->verb;
    }
    offers[n] = NULL;
    return n;
}

static int choose(struct console *console, const struct command *command, char *const *offers,
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
        r = unknown_choice(console, command, answer);
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
    if (command->notes)
        command->notes(stdout, status);
    size_t n = show_menu(command, status, offers);
    tr_status_free(status);

    if (n > 0)
        r = choose(console, command, offers, &choice);
    if (r != 0 || !choice)
        return r;
    putchar('\n');
    return choice->run(console, 1, (char *[]){ (char *)(uintptr_t)choice->verb, NULL });
}

int menu_run_choice(struct console *console, const struct command *command, int argc, char **argv)
{
    const struct choice *choice = command_find_choice(command, argv[1]);

    if (!choice)
        return unknown_choice(console, command, argv[1]);
    return choice->run(console, argc - 1, argv + 1);
}
