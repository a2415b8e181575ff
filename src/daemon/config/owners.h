/*
 * Checks that other users can't change the configuration and the files that it names. These files decide
 * which program root runs, which CAs the worker trusts, and which token and password it sends.
 */
#pragma once

#include "daemon/config/reader.h"

/* Reports the configuration itself if a user other than root and the user of the process can change it. Does nothing if
 * reader->look is NULL. */
void owners_check_file(struct config_reader *reader);

/* Reports each file that the configuration names and that such a user can change, under the same condition. */
void owners_check(struct config_reader *reader, const config_t *file);
