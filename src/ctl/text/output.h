/*
 * All that trctl prints. Most of it comes from elsewhere, so text is printed line by line with every control
 * character escaped: no foreign text can forge a line or reach a terminal.
 */
#pragma once

#include "common/memory.h"

#include <stdio.h>

enum {
    OUTPUT_LINE_MAX = 8192, /* a longer line is cut */
};

/* Returns a member that is text, borrowed from the object; "?" if there is none. */
const char *output_get_text(json_object *object, const char *key);

/* Prints a line. */
void output_line(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a line of a list: a label in its column, then the value. */
void output_field(FILE *stream, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints each line of a text. */
void output_lines(FILE *stream, const char *text);

/* Prints JSON as one line. Replaces control and direction-changing characters that JSON permits by \uNNNN. */
void output_json(FILE *stream, const char *text);
void output_json_object(FILE *stream, json_object *object);
