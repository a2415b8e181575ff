/*
 * Checks the text of a configuration before libconfig reads it: libconfig silently ends at an unclosed
 * comment and at a NUL byte.
 */
#pragma once

#include "daemon/config/reader.h"

enum {
    TEXT_SIZE_MAX = 1024 * 1024, /* bytes of a file, and of each file that it includes */
};

/* Reports text that libconfig would ignore, in a file and in the files that it includes, and an included file that
 * can't be read, is no regular file, or (unless reader->look is NULL) could be changed by others. Rewinds the
 * stream. */
void text_check(struct config_reader *reader, FILE *stream);

/* Copies the name of the setting that is alone on a line of a file. Returns false if the line is anything else. */
bool text_find_name(const char *path, int line, char *out, size_t size);
