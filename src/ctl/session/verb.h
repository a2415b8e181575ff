/*
 * A verb of trctl: its name, its usage and the function that runs it. The program has one constant table of
 * them, from which help and usage are made; a session points to it, so that what finds a verb by its name
 * doesn't depend on the verbs.
 */
#pragma once

struct session;

struct verb {
    const char *name;
    const char *arguments; /* as the usage shows them */
    const char *help;      /* one line */
    int min_words, max_words;
    /* argv[0] is the verb. Returns the exit code, after it has reported a failure. */
    int (*run)(struct session *session, int argc, char **argv);
    const char *surplus; /* error text for a word too many; NULL: the usual one */
};

/* Returns the verb of a table (ends with a NULL name) by its name; NULL if there is none. */
const struct verb *verb_find(const struct verb *table, const char *name);

/* Returns the verb whose name is nearest to a mistyped one; NULL if none is near. */
const struct verb *verb_suggest(const struct verb *table, const char *name);

/* Prints the usage of a verb on standard output. */
void verb_print_usage(const struct verb *verb);
