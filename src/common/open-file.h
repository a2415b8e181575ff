/* Opens files whose path an administrator gives and that may turn out to be anything. */
#pragma once

#include <stdio.h>

/* Opens a file to read, close-on-exec, without waiting for the other end of a FIFO. Returns NULL and sets errno. */
FILE *open_file_to_read(const char *path);

/* Like open_file_to_read(), but refuses a directory (EISDIR) and every other file that is not regular (EMEDIUMTYPE). */
FILE *open_regular_file(const char *path);
