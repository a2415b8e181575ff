/*
 * Finds where two parts of a line that a blank separates are one item: "example dot com", "example [.] com", "user (at)
 * example.com", "http:// example.com", and the two ends of a range.
 */
#pragma once

#include <stdbool.h>

struct join {
    const char *text; /* what stands between the parts, undone */
    const char *next; /* where the next part begins */
    bool url;         /* the next part goes on with a URL */
    bool defanged;
};

/* Looks behind a part, whose undone text ends where rest begins. Returns false if the item ends there. */
bool join_find(const char *text, const char *rest, const char *end, struct join *ret);
