/*
 * Guesses which name a mistyped one was meant to be: a verb, an option, a key of the configuration. The caller compares it
 * with each of its names and keeps the nearest one.
 */
#pragma once

#include <stdbool.h>

enum {
    MISTYPED_FAR = 3, /* mistakes that are too many for a guess */
};

/* Returns true and sets *distance if a mistyped name is nearer to this name than *distance, which begins as MISTYPED_FAR.
 * Case doesn't count; names of more than 24 bytes are never near. */
bool mistyped_is_nearer(const char *typed, const char *name, int *distance);
