/*
 * Values of HTTP header fields, read the forgiving way that the field needs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum {
    RETRY_AFTER_MAX = 86400,
};

/* Seconds to wait by a Retry-After value: a number (a unit "s" is ignored) or an HTTP date compared with now,
 * clamped to 0 ... RETRY_AFTER_MAX. -1 if it is neither. */
int64_t header_retry_after(const char *value, time_t now);

/* The time of an HTTP date. False if it is none. */
bool header_date(const char *value, time_t *ret);

/* The value of the field if the line ("Name: value\r\n", any case) is this field, copied without the white
 * space around it, cut to size. False if it is another field. */
bool header_value(const char *line, size_t line_size, const char *name, char *out, size_t size);
