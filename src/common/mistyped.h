/*
 * What a mistyped name was meant to be: verbs and options of the command line, keys of the configuration. The
 * caller goes through its names and keeps the nearest one.
 */
#pragma once

#include <stdbool.h>

enum {
    MISTYPED_FAR = 3, /* so many mistakes are too many for a name to be taken for another */
};

/* True if a mistyped name is nearer to this one than *distance, which then becomes the new distance; it begins
 * as MISTYPED_FAR. Letters are compared without case; names of more than 24 bytes are near to nothing. */
bool mistyped_is_nearer(const char *typed, const char *name, int *distance);
