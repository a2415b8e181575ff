/*
 * Text that goes to a file which the user names. A regular file is replaced by a rename, so that no reader sees half of
 * it; a symbolic link stays, and the file that it leads to is replaced. A FIFO, a terminal, /dev/null and the
 * descriptors of this process (/dev/stdout, or "-") are written into.
 */
#pragma once

/* Writes each line of the text as output_lines() does. Returns 0, or a negative errno and in *ret_why a sentence
 * without a capital, borrowed: why the path can't be written. */
int output_file_write(const char *path, const char *text, const char **ret_why);
