/*
 * Random texts: registration tokens, enrolment secrets and request ids. They come from the generator of GnuTLS, so that
 * nobody can guess them even though this is a sandbox.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_LENGTH 35
#define SECRET_LENGTH 43
#define UUID_LENGTH 36

/* Fills text with that many letters and digits and a NUL; it has room for length + 1. 0 or -EIO. */
int make_random_text(char *text, size_t length);

/* Returns whether the text has that length and only letters and digits, as those of make_random_text() do. Only such a
 * text may become part of a file name. */
bool is_random_text(const char *text, size_t length);

/* Fills text with a random lower-case UUID (version 4) and a NUL; it has room for UUID_LENGTH + 1. 0 or -EIO. */
int make_random_uuid(char *text);
