/*
 * All that trctl prints goes through here, because most of it comes from elsewhere: text is printed by lines,
 * with every control character in them escaped, so that no foreign text forges a line or reaches a terminal.
 */
#pragma once

#include "common/memory.h"

#include <stdio.h>

enum {
    OUTPUT_LINE_MAX = 8192, /* a longer line is cut */
};

/* Returns a member that is text, borrowed from the object; a question mark if it is none. */
const char *output_get_text(json_object *object, const char *key);

/* Prints one line. */
void output_line(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints one line of a list: a label and what it says. */
void output_field(FILE *stream, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints a text of several lines. */
void output_lines(FILE *stream, const char *text);

/* Prints JSON as one line, with the control characters that JSON lets pass written as \uNNNN. */
void output_json(FILE *stream, const char *text);
void output_json_object(FILE *stream, json_object *object);
