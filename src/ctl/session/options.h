/*
 * The command line of a verb: options, before or behind the words, and words. An option is matched by its whole
 * name. getopt_long() is not used: it takes --token as a short form of --token-file, and a token as a file name
 * would be repeated in the error.
 */
#pragma once

#include "ctl/session/session.h"

enum option_kind {
    OPTION_FLAG,    /* value points to a bool */
    OPTION_VALUE,   /* value points to a const char *; --name VALUE or --name=VALUE, not empty */
    OPTION_TEXT,    /* like OPTION_VALUE, but may be empty */
    OPTION_WAIT,    /* value points to an int, seconds; --name or --name=SECONDS */
    OPTION_REFUSED, /* an error, with the verb's text for a word too many */
};

struct option_entry {
    const char *name;
    enum option_kind kind;
    void *value;
};

enum {
    OPTIONS_WORDS_MAX = 64,
    OPTIONS_WAIT_DEFAULT = 300, /* seconds; of an OPTION_WAIT without a value */
};

/* Parses the options of a verb (ends with a NULL name; NULL: none), the common options and the words; unused
 * elements of words become NULL. Returns false, after a report or the help, if the verb has to end with
 * session->exit_code. */
bool options_parse(struct session *session, const struct option_entry *options, int argc, char **argv,
    const char *words[OPTIONS_WORDS_MAX]);

/* Parses the option at argv[*i] by tables (ends with NULL) and moves *i behind it. Returns false and sets
 * session->exit_code after a usage error. */
bool options_parse_one(
    struct session *session, const struct option_entry *const tables[], int argc, char **argv, int *i);

/* Fills in the table of the options that all verbs have; --help sets *help. */
void options_add_common(struct session *session, bool *help, struct option_entry options[4]);
