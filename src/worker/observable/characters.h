/*
 * What the characters of a text mean for the recognition: which ones separate items, which ones nobody sees, and which ones
 * no observable has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHARACTER_BROKEN = 0xfffd, /* stands for bytes that are no UTF-8 */
};

/* Reads the character at the beginning of a text that is not empty. Returns its length in bytes; bytes that are no UTF-8 are
 * single characters CHARACTER_BROKEN. */
size_t character_read(const char *text, size_t size, uint32_t *ret);

/* Returns true for blanks, among them tab, carriage return and the no-break space. */
bool character_is_blank(uint32_t character);

/* Returns true for what separates items wherever it stands between them: comma, semicolon, bar and arrows. An arrow of
 * several ASCII characters is found by arrow_length(). */
bool character_separates(uint32_t character);

/* Returns true for quotation marks, which end an item. The single quotes are not among them. */
bool character_quotes(uint32_t character);

/* Returns true for what UTS 46 ignores in a name: the zero width space, the soft hyphen and the like. */
bool character_is_invisible(uint32_t character);

/* Returns true for control characters, those that change the direction of text, and the pictures of control characters
 * (U+2400 for a NUL). */
bool character_is_control(uint32_t character);

/* Return the length of what stands around an item at the beginning or the end of a text: brackets, quotes, bullets,
 * punctuation; 0 if there is nothing. Colons and dots are not among them. */
size_t leading_length(const char *text, size_t size);
size_t trailing_length(const char *text, size_t size);

/* Returns the length of an ASCII arrow (->, -->, =>) at the beginning of a text, 0 if there is none. */
size_t arrow_length(const char *text, size_t size);

/* Returns the length of the blanks at the beginning of a text. */
size_t blank_length(const char *text, size_t size);
