/*
 * The command line of a verb. Options are matched by their whole name and may stand before and after the
 * words; getopt_long is not used because it takes --token for --token-file, and would hand a token on as a
 * file name.
 */
#pragma once

#include "ctl/session/session.h"

enum ctl_option_kind {
    CTL_FLAG,           /* value points to a bool */
    CTL_VALUE,          /* value points to a const char *; --name VALUE or --name=VALUE, not empty */
    CTL_TEXT,           /* the same, but it may be empty */
    CTL_OPTIONAL_VALUE, /* value points to a const char *; --name ("") or --name=VALUE */
    CTL_SURPLUS,        /* refused with the surplus text of the verb */
};

struct ctl_option {
    const char *name;
    enum ctl_option_kind kind;
    void *value;
};

enum {
    CTL_WORDS_MAX = 2,
    CTL_SECONDS_MAX = 1000000, /* in milliseconds it still fits an int */
};

/* Reads the options of a verb (ends with a NULL name; NULL: none) and the ones that all verbs have; the words
 * go into words, the rest of which is NULL. False if the program is to end with ctl->exit_code. */
bool ctl_parse(struct ctl *ctl, const struct ctl_option *options, int argc, char **argv,
    const char *words[CTL_WORDS_MAX]);

/* Reads one option at argv[*i] and moves *i behind it. False after a usage error. */
bool ctl_parse_option(
    struct ctl *ctl, const struct ctl_option *const tables[], int argc, char **argv, int *i);

/* The options that all verbs have; the array has three elements. */
void ctl_common_options(struct ctl *ctl, bool *help, struct ctl_option options[4]);

/* Reads a number of seconds from 0 to CTL_SECONDS_MAX; an empty text is the fallback. -EINVAL. */
int ctl_parse_seconds(const char *text, int fallback, int *ret_seconds);
