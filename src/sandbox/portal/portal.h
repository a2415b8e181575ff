/* The portal on the command line: what an administrator would do in the cloud's web pages, and the switching
 * of faults. The verbs change the files in the directory; whether a server runs there makes no difference. */
#pragma once

#include "sandbox/base/store.h"
#include "sandbox/faults/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* Opens the directory of a sandbox that was started at least once. Logs what is wrong. 0 or negative errno.
 */
int sandbox_portal_open(const char *directory, struct store *ret);

/* Each prints its result on standard output, logs what is wrong and returns the exit status. */
int sandbox_portal_token(const struct store *store, const char *region, bool expired, bool json);
int sandbox_portal_devices(const struct store *store, bool json);
int sandbox_portal_remove(const struct store *store, const char *guid);
int sandbox_portal_fault_set(const struct store *store, const struct fault *fault);
int sandbox_portal_fault_preset(const struct store *store, const char *name);
int sandbox_portal_fault_list(const struct store *store, bool json);
int sandbox_portal_fault_clear(const struct store *store, const char *endpoint);
