/*
 * Looks who can change the configuration and what it names: whoever can decides which program root runs, whom the worker
 * trusts, and whose token and password are sent.
 */
#pragma once

#include "daemon/config/reader.h"

/* Reports each file that others than root and the user of the process can change. Does nothing if the reader doesn't look. */
void owners_check(struct config_reader *reader, const config_t *file);
