/*
 * The portal on the command line: what an administrator does in the cloud's web pages. The verbs change the files in
 * the directory; it makes no difference whether a server runs there. Each prints its result on standard output, logs an
 * error and returns the exit status.
 */
#pragma once

#include "sandbox/base/store.h"

#include <stdbool.h>

/* Opens the directory of a sandbox that was started at least once; the caller closes the store. Logs an error. 0 or
 * negative errno. */
int portal_open(const char *directory, struct store *ret);

/* Makes a registration token of a region. It has expired already if a test wants that. */
int portal_make_token(const struct store *store, const char *region, bool expired, bool json);

/* Lists the devices of all regions. */
int portal_list_devices(const struct store *store, bool json);

/* Removes a device in each region that knows it. */
int portal_remove_device(const struct store *store, const char *guid);
