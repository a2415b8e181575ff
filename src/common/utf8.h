/*
 * UTF-8 by the letter (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. What the daemon
 * sends must be UTF-8, or its clients refuse it; so what comes in is checked here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The length of the sequence that text begins with, 1 to 4 bytes; 0 if it is none (or size is 0). */
size_t utf8_sequence(const char *text, size_t size);

/* True if a text is UTF-8 without control characters (C0, DEL, C1). */
bool utf8_is_printable(const char *text);

/* Drops the half sequence that a cut has left at the end of a text that was UTF-8. Returns text. */
char *utf8_trim(char *text);
