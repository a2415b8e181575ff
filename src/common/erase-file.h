/* Overwrites files that held secrets before they are removed. */
#pragma once

/* Overwrites an open regular file with zeros and syncs it; the disk keeps no copy if the file system writes
 * in place. Ignores failures, since the caller removes the file anyway. */
void erase_file(int fd);
