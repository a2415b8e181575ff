/*
 * All that trctl prints goes through here, because most of it comes from elsewhere: text is printed by lines,
 * with every control character in them escaped, so that no foreign text forges a line or reaches a terminal.
 */
#pragma once

#include "ctl/session/session.h"

#include <stdio.h>

enum {
    OUTPUT_LINE_MAX = 8192, /* a longer line is cut */
};

/* Prints one line. */
void output_line(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints one line of a list: a label and what it says. */
void output_field(FILE *stream, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints JSON as one line, with the control characters that JSON lets pass written as \uNNNN. */
void output_json(FILE *stream, const char *text);
void output_json_object(FILE *stream, json_object *object);

/* Report a failure and return its exit code: the sentence and the remedy on standard error; with --json also
 * an object on standard output. */
int report_error(const struct session *session, const struct tr_error *error);
int report_failure(const struct session *session, enum tr_error_class exit_class, const char *code,
    const char *reason, const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Reports that the command line is wrong; the exit code is 2. */
int report_usage(const struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
