/*
 * A command of the console and, where it has a menu, its choices. Each is a row of a constant table; menus,
 * batch form, completion, help and what is kept of a typed line are made of these rows. A choice of a menu and
 * the same word in batch form run the same function, or the same verb of trctl.
 */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

struct console;

/* One operation of a command, as its menu and its batch form offer it. Has either a verb or a function. */
struct choice {
    const char *name; /* in capitals, as the menu shows it */
    const char *text;
    const char *parameters;     /* of the batch form */
    const char *const *options; /* that complete; NULL-terminated, or NULL */
    bool takes_server;          /* its parameter completes as a server */
    bool takes_token;           /* its parameter is a secret */
    bool (*applies)(const struct tr_status *status);
    const char *verb;                                           /* of trctl, which gets the other words */
    int (*run)(struct console *console, int argc, char **argv); /* argv[0] is the name */
};

/* Has either choices, a verb or a function. */
struct command {
    const char *name;
    const char *help;           /* one line */
    const char *parameters;     /* of a command without choices */
    const char *const *options; /* that complete; NULL-terminated, or NULL */
    int max_words;
    bool takes_command; /* its word completes as a command */
    bool takes_server;  /* its word completes as a server */
    bool takes_text;    /* its word is a text for people, which is no secret */
    const char *verb;   /* of trctl, which gets the other words */
    int (*run)(struct console *console, int argc, char **argv);        /* argv[0] is the name */
    const struct choice *choices;                                      /* ends with a NULL name */
    void (*print_notes)(FILE *stream, const struct tr_status *status); /* above the menu; NULL: nothing */
    bool machine_mode;                                                 /* works in machine mode only */
    bool is_link;                                                      /* a link of this name runs it */
};

/* Returns the command of a table (ends with a NULL name) by its name, without regard to case; NULL if there is
 * none. */
const struct command *command_find(const struct command *table, const char *name);

/* Returns the command whose name is nearest to a mistyped one; NULL if none is near. */
const struct command *command_suggest(const struct command *table, const char *name);

/* The same two for the choices of a command that has some. */
const struct choice *command_find_choice(const struct command *command, const char *name);
const struct choice *command_suggest_choice(const struct command *command, const char *name);

/* Prints the help of a command on standard output. */
void command_print_help(const struct command *command);
