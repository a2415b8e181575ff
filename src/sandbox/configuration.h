/*
 * threatresponsed.conf in the directory: a configuration with which the agent reaches this sandbox under the real host
 * names.
 */
#pragma once

#include "sandbox/base/store.h"

#include <stdint.h>

/* Writes the file if it is missing or leads to another port. 0 or negative errno. */
int configuration_write(const struct store *store, int64_t port);
