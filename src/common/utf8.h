/*
 * Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Clients refuse replies that aren't
 * UTF-8, so all incoming text is checked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns the length of the sequence at the beginning of the text, 1 to 4 bytes; 0 if there is none (or size is 0). */
size_t utf8_sequence(const char *text, size_t size);

/* Returns the length of a direction-changing character at the beginning of a NUL-terminated text; 0 if there
 * is none. Such a character makes a line look like another one. */
size_t utf8_direction(const char *text);

/* Returns true if a text is UTF-8. */
bool utf8_is_valid(const char *text);

/* True if a text is UTF-8 without control characters (C0, DEL, C1). */
bool utf8_is_printable(const char *text);

/* Drops the incomplete sequence that a cut has left at the end of the text. Returns text. */
char *utf8_trim(char *text);
