/*
 * Checks that nobody but root and the user of the process can change a file: by owning it, by writing to it,
 * or by replacing it or a folder above it. A folder with the sticky bit, such as /tmp, counts as safe: users
 * can't remove each other's files there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns true if only root and the user of the process can change the file; if it does not exist, whether only
 * they can make it, for which the sticky bit does not help. A relative path is one of the working directory. Each
 * link is followed, and checked like a folder. Else writes the fault and the remedy into out[size]. */
bool ownership_is_safe(const char *path, char *out, size_t size);
