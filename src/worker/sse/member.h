/*
 * Members of the regional server's answers, read as forgivingly as their meaning allows: a number may be a text, and an
 * optional member that can't be used is left out. The struct collects the names of those for one line of the log.
 */
#pragma once

#include "common/json.h"

struct left_out {
    char names[200]; /* joined by commas; empty: nothing was left out */
};

/* Returns a member that is a text of 1 to max printable bytes, else NULL. */
const char *member_text(json_object *object, const char *key, size_t max);

/* Returns an optional text as member_text() does. One that is there and can't be used is noted as path; null and an empty
 * text count as absent. */
const char *member_optional_text(
    json_object *object, const char *key, size_t max, const char *path, struct left_out *left_out);

/* Reads an optional whole number from min to max: 1200, 1200.0, 1.2e3 and "1200" are the same. Returns false if it is
 * absent, or can't be used, which is noted as path. */
bool member_optional_number(json_object *object, const char *key, int64_t min, int64_t max, const char *path,
    struct left_out *left_out, int64_t *ret);

/* Notes that the member of that path was left out. */
void left_out_add(struct left_out *left_out, const char *path);
