/*
 * Finds two parts of a line that are one item in spite of a blank: "example dot com", "example [.] com",
 * "user (at) example.com", "http:// example.com", and the two ends of a range.
 */
#pragma once

#include <stdbool.h>

struct join {
    const char *text; /* the text between the parts, undone */
    const char *next; /* begin of the next part */
    bool url;         /* the next part continues a URL */
    bool defanged;
};

/* Examines the text behind a part, from rest on. Returns false if the item ends with the part. */
bool join_find(const char *text, const char *rest, const char *end, struct join *ret);
