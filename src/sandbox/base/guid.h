/*
 * The guid of a device: a UUID in lower case. It becomes part of file names, so a text from outside is checked
 * before it is used.
 */
#pragma once

#include <stdbool.h>

#define GUID_LENGTH 36

/* Returns whether the text is a UUID in lower case. */
bool guid_valid(const char *guid);
