/* The portal on the command line: what an administrator would do in the cloud's web pages, and the switching
 * of faults. The verbs change the files in the directory; whether a server runs there makes no difference. */
#pragma once

#include "sandbox/base/store.h"
#include "sandbox/faults/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* Opens the directory of a sandbox that was started at least once. Logs what is wrong. 0 or negative errno.
 */
int portal_open(const char *directory, struct store *ret);

/* Each prints its result on standard output, logs what is wrong and returns the exit status. */
int portal_make_token(const struct store *store, const char *region, bool expired, bool json);
int portal_list_devices(const struct store *store, bool json);
int portal_remove_device(const struct store *store, const char *guid);
int portal_set_fault(const struct store *store, const struct fault *fault);
int portal_set_preset(const struct store *store, const char *name);
int portal_list_faults(const struct store *store, bool json);
int portal_clear_faults(const struct store *store, const char *endpoint);
