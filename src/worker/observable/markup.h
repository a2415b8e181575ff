/*
 * HTML and Markdown in a line: finds the targets of links, and the text between the tags. The text of a link is weak: it
 * counts only if it is an observable of its own.
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
    bool in_link;          /* the text is that of an HTML link */
};

/* Begins a line, which is borrowed. */
void markup_open(struct markup *markup, const char *line, size_t size);

/* Returns false at the end of the line, else true and the next segment, which may be blank. */
bool markup_next(struct markup *markup, struct segment *ret);
