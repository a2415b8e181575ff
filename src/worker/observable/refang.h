/*
 * Undoes what people do to an observable so that nobody follows it by accident: brackets and words in place of dots, colons,
 * slashes and at signs. Schemes are undone by scheme.h, since their forms are words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Undoes the defanging in a text, which only becomes shorter. Invisible characters in front of the path are dropped. Returns
 * true if something was defanged: nobody does so to a file name. Undoing twice changes nothing more. */
bool refang(char *text);

/* Returns the length of a dot or at sign in brackets ("[.]", "(at)") at the beginning of a text and the character that it
 * stands for; 0 if there is none. */
size_t refang_bracketed(const char *text, char *ret);
