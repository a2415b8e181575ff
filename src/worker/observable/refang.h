/*
 * Undoes defanging, by which people keep others from following an observable by accident: brackets and words
 * instead of dots, colons, slashes and at signs. scheme.h undoes schemes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Undoes the defanging of a text in place; the text never grows. Drops invisible characters before the path.
 * Returns true if something was defanged, which tells a domain from a file name. A second call changes
 * nothing. */
bool refang(char *text);

/* Returns the length of a dot or at sign in brackets ("[.]", "(at)") at the beginning of a text, and its
 * character; 0 if there is none. */
size_t refang_bracketed(const char *text, char *ret);
