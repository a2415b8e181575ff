/* Things made at random: registration tokens, enrolment secrets and request ids. From GnuTLS's generator,
 * so that they cannot be guessed even though this is only a sandbox. */
#pragma once

#include <stddef.h>

#define TOKEN_LENGTH 35
#define SECRET_LENGTH 43
#define UUID_LENGTH 36

/* Fills text with that many letters and digits and a NUL (size length + 1). 0 or -EIO. */
int make_random_text(char *text, size_t length);

/* Fills text with a random lower-case UUID (version 4) and a NUL (size UUID_LENGTH + 1). 0 or -EIO. */
int make_random_uuid(char *text);
