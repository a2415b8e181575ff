/* Lines of standard input that are read without an editor, and Ctrl-C. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    INPUT_LINE_MAX = 8192, /* bytes, with the end */
};

/* Reads a line of standard input without its end, byte by byte: a verb may read the lines that follow. Returns
 * 0; -EINTR after Ctrl-C, -ENODATA at the end of the input, -EMSGSIZE, -EILSEQ if the line holds a NUL, or
 * another negative errno. The caller erases. */
int input_read_line(char line[INPUT_LINE_MAX]);

/* Makes Ctrl-C end the read or the wait of the moment instead of the program. */
void input_catch_interrupts(void);

/* Set by Ctrl-C; whoever acts on it clears it. */
extern volatile sig_atomic_t input_interrupted;
