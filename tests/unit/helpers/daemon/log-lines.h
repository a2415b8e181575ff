/* The lines that the log prints between two calls, as a text. */
#pragma once

struct log_lines {
    int error; /* a descriptor of what standard error was */
    int file;  /* of the lines */
    char text[4096];
};

/* Catches what is logged from now on, up to a level. */
void log_lines_begin(struct log_lines *lines, int level);

/* Ends that, with the log silent again. Returns lines->text. */
const char *log_lines_end(struct log_lines *lines);
