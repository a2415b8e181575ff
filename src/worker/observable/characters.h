/*
 * Classifies the characters of a text: separators, invisible characters, and characters that no observable
 * has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHARACTER_BROKEN = 0xfffd, /* replaces bytes that are not UTF-8 */
};

/* Reads the first character of a text that is not empty. Returns its length in bytes. A byte that is not
 * UTF-8 is one CHARACTER_BROKEN. */
size_t character_read(const char *text, size_t size, uint32_t *ret);

/* Returns true for blanks, including tab, carriage return and no-break space. */
bool character_is_blank(uint32_t character);

/* Returns true for separators of items: comma, semicolon, bar and arrows. arrow_length() finds the arrows of
 * several ASCII characters. */
bool character_separates(uint32_t character);

/* Returns true for quotation marks, except single quotes. They end an item. */
bool character_quotes(uint32_t character);

/* Returns true for characters that UTS 46 ignores in a name, such as the zero width space and the soft
 * hyphen. */
bool character_is_invisible(uint32_t character);

/* Returns true for control characters, direction-changing characters, and the pictures of control characters
 * (U+2400 for a NUL). */
bool character_is_control(uint32_t character);

/* Return the length of the bracket, quote, bullet or punctuation mark at the beginning or the end of a text;
 * 0 if there is none. Colons and dots don't count. */
size_t leading_length(const char *text, size_t size);
size_t trailing_length(const char *text, size_t size);

/* Returns the length of an ASCII arrow (->, -->, =>) at the beginning of a text, 0 if there is none. */
size_t arrow_length(const char *text, size_t size);

/* Returns the length of the blanks at the beginning of a text. */
size_t blank_length(const char *text, size_t size);
