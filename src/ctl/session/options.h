/*
 * The command line of a verb. Options are matched by their whole name and may stand before and after the
 * words; getopt_long is not used because it takes --token for --token-file, and would hand a token on as a
 * file name.
 */
#pragma once

#include "ctl/session/session.h"

enum option_kind {
    OPTION_FLAG,    /* value points to a bool */
    OPTION_VALUE,   /* value points to a const char *; --name VALUE or --name=VALUE, not empty */
    OPTION_TEXT,    /* the same, but it may be empty */
    OPTION_WAIT,    /* value points to an int, seconds; --name or --name=SECONDS */
    OPTION_REFUSED, /* refused with the surplus text of the verb */
};

struct option_entry {
    const char *name;
    enum option_kind kind;
    void *value;
};

enum {
    OPTIONS_WORDS_MAX = 2,
    OPTIONS_WAIT_DEFAULT = 300, /* seconds; of an OPTION_WAIT without a value */
};

/* Reads the options of a verb (ends with a NULL name; NULL: none) and the ones that all verbs have; the words
 * go into words, the rest of which is NULL. False if the program is to end with session->exit_code. */
bool options_parse(struct session *session, const struct option_entry *options, int argc, char **argv,
    const char *words[OPTIONS_WORDS_MAX]);

/* Reads one option at argv[*i] and moves *i behind it. False after a usage error. */
bool options_parse_one(
    struct session *session, const struct option_entry *const tables[], int argc, char **argv, int *i);

/* The options that all verbs have; the array has three elements. */
void options_add_common(struct session *session, bool *help, struct option_entry options[4]);
