/*
 * The text of a configuration before libconfig reads it: libconfig takes an unclosed comment for the end of the file, and reads a
 * text no further than to a NUL byte.
 */
#pragma once

#include "daemon/config/reader.h"

/* Reports what libconfig would swallow in a file and in those that it includes. Leaves the stream at its begin. */
void text_check(struct config_reader *reader, FILE *stream);
