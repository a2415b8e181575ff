#include "common/mistyped.h"
#include "ctl/console/ask.h"
#include "ctl/text/output.h"

#include <strings.h>

enum {
    CHOICES_MAX = 8,
};

const struct console_choice *console_find_choice(const struct console_command *command, const char *name)
{
    for (const struct console_choice *choice = command->choices; choice->verb; choice++)
        if (strcasecmp(choice->verb, name) == 0)
            return choice;
    return NULL;
}

static int unknown_choice(struct console *console, const struct console_command *command, const char *name)
{
    const struct console_choice *near = NULL;
    int distance = MISTYPED_FAR;

    for (const struct console_choice *choice = command->choices; choice->verb; choice++)
        if (mistyped_is_nearer(name, choice->verb, &distance))
            near = choice;
    if (near)
        return ctl_usage(console->ctl, "There is no operation %s. Did you mean %s?", name, near->verb);
    /* What is no name may be a token that was typed in the wrong place. */
    return ctl_usage(console->ctl, "What you entered is none of the operations.");
}

/* Shows what applies, and offers it to the completion. */
static size_t show_menu(
    const struct console_command *command, const struct tr_status *status, char *offers[CHOICES_MAX + 1])
{
    size_t n = 0;

    for (const struct console_choice *choice = command->choices; choice->verb; choice++) {
        if (!choice->applies(status) || n == CHOICES_MAX)
            continue;
        if (n == 0)
            ctl_line(stdout, "Choose the operation you want to perform:");
        ctl_line(stdout, "- %s - %s", choice->verb, choice->text);
        offers[n++] = (char *)(uintptr_t)choice->verb;
    }
    offers[n] = NULL;
    return n;
}

static int choose(struct console *console, const struct console_command *command, char *const *offers,
    const struct console_choice **ret_choice)
{
    for (;;) {
        _cleanup_(erase_freep) char *answer = NULL;

        console->offers = offers;
        int r = console_ask(console, "[]> ", CONSOLE_ANSWER, &answer);
        console->offers = NULL;
        if (r != 0)
            return r;
        *ret_choice = console_find_choice(command, answer);
        if (*ret_choice || !*answer)
            return 0;
        r = unknown_choice(console, command, answer);
        if (console->input != CONSOLE_TERMINAL)
            return r;
    }
}

int console_dialogue(struct console *console, const struct console_command *command)
{
    const struct console_choice *choice = NULL;
    struct tr_status *status;
    char *offers[CHOICES_MAX + 1];

    int r = console_status(console, &status);
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

int console_batch(struct console *console, const struct console_command *command, int argc, char **argv)
{
    const struct console_choice *choice = console_find_choice(command, argv[1]);

    if (!choice)
        return unknown_choice(console, command, argv[1]);
    return choice->run(console, argc - 1, argv + 1);
}
