#include "ctl/session/verb.h"

#include "common/mistyped.h"

#include <stdio.h>
#include <string.h>

const struct verb *verb_find(const struct verb *table, const char *name)
{
    for (const struct verb *verb = table; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

const struct verb *verb_suggest(const struct verb *table, const char *name)
{
    const struct verb *best = NULL;
    int distance = MISTYPED_FAR;

    for (const struct verb *verb = table; verb->name; verb++)
        if (mistyped_is_nearer(name, verb->name, &distance))
            best = verb;
    return best;
}

void verb_print_usage(const struct verb *verb)
{
    printf("Usage: trctl [--socket PATH] [--json] %s%s%s\n%s.\n", verb->name, *verb->arguments ? " " : "",
        verb->arguments, verb->help);
}
