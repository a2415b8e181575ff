/*
 * Who can change a file beside root and the user who runs: whoever owns it, may write to it, or may put another one in its place
 * because of the folders above it. A folder such as /tmp, where each user may remove only what is his, is as good as one's own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns true if only root and the user of the process can change what the path leads to, or if there is nothing. Else writes into
 * out[size] what is wrong and which command mends it. */
bool ownership_is_safe(const char *path, char *out, size_t size);
