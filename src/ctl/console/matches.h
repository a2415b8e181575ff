/* The words that could replace the last, unfinished word of a line: completion finds them, the editor shows them. */
#pragma once

#include <stddef.h>

enum {
    MATCHES_MAX = 64,
    MATCHES_WORD_MAX = 256, /* bytes, with the end */
};

struct matches {
    size_t typed; /* bytes of the unfinished word */
    size_t n;
    char words[MATCHES_MAX][MATCHES_WORD_MAX];
};

/* Adds a word that begins with the typed part, without regard to case. Drops it if there are too many. */
void matches_add(struct matches *matches, const char *typed, const char *word);

/* Returns how many bytes at their beginning all words share, without regard to case. */
size_t matches_get_common(const struct matches *matches);
