/* SPDX-License-Identifier: MIT */
#pragma once

/* Writes threatresponsed.conf: a configuration with which the agent uses this sandbox under the real host
 * names. */

#include <stdint.h>

#include "store.h"

/* Writes the file when it is missing or leads to another port. 0 or negative errno. */
int configuration_write(const struct store *store, int64_t port);
