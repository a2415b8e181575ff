/* The user database: names for the log and for the status. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Writes the name of a user into out[size], or "uid N" if the user database has none. Bytes that are no UTF-8 and control
 * characters are escaped; a longer name is cut behind a whole character. Returns out. */
const char *user_name_get(uid_t uid, char *out, size_t size);

/* Loads the configured modules (nsswitch.conf), for a process that can't load code later. */
void user_database_load(void);
