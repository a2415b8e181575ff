/*
 * Splits a line with HTML or Markdown into the targets of links and the text between tags. The text of a link
 * is weak: it counts only if it is an observable itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct segment {
    const char *text;
    size_t size;
    bool weak;
};

struct markup {
    const char *at, *end;
    struct segment queued; /* the text of a Markdown link whose target was returned; size 0: none */
    bool in_link;          /* within the text of an HTML link */
};

/* Begins a line and borrows it. */
void markup_open(struct markup *markup, const char *line, size_t size);

/* Returns false at the end of the line, else true and the next segment, which may be blank. */
bool markup_next(struct markup *markup, struct segment *ret);
