/*
 * Values of HTTP header fields, read as forgivingly as servers in the field need it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Returns the seconds that a Retry-After value asks to wait, from 0 to LIMIT_RETRY_AFTER: a number (a unit "s" is ignored) or
 * a date compared with now. -1 if it is neither. */
int64_t header_retry_after(const char *value, time_t now);

/* Reads an HTTP date. Returns false if it isn't one. */
bool header_date(const char *value, time_t *ret);

/* Copies the value of a header line ("Name: value\r\n") without the white space around it, cut at size. Returns false if
 * the line is another field; case doesn't count. */
bool header_value(const char *line, size_t line_size, const char *name, char *out, size_t size);
