/* Overwrites files that held secrets, before they go. */
#pragma once

/* Overwrites a regular file that is open for writing with zeros, down to the disk as far as the file system writes in place.
 * Ignores faults: it is gone in any case. */
void erase_file(int fd);
