/*
 * Checks that other users can't change the configuration and the files that it names. These files decide
 * which program root runs, which CAs the worker trusts, and which token and password it sends.
 */
#pragma once

#include "daemon/config/reader.h"

/* Reports each file that a user other than root and the user of the process can change. Does nothing if
 * reader->look is NULL. */
void owners_check(struct config_reader *reader, const config_t *file);
