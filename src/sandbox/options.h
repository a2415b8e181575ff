/*
 * The command line of trsandbox: a verb (none: serve), options and operands. One table has every option with the verbs
 * that it belongs to. It doesn't use getopt because the value of a fault may be a negative number.
 */
#pragma once

#include "sandbox/base/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OPERANDS 4

enum verb {
    VERB_SERVE = 1,
    VERB_TOKEN = 2,
    VERB_DEVICES = 4,
    VERB_REMOVE = 8,
    VERB_FAULT = 16,
};

/* Texts are borrowed from the command line. */
struct options {
    enum verb verb;
    const char *directory;
    const char *log_file;
    const char *enrollment;
    const char *est_like;
    const char *region;
    const char *retry_after;
    const char *code;
    struct settings settings;
    int64_t times;
    bool expired;
    bool json;
    bool help;
    bool version;
    const char *operands[OPERANDS];
    int n_operands;
};

/* Parses the command line. 0, or -EINVAL after an error text on standard error. */
int options_parse(int argc, char **argv, struct options *ret);

/* Prints the usage text; for the verb fault also the endpoints, kinds and presets. */
void options_print_usage(const struct options *options, FILE *file);
