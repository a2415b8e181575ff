/* Lines of the console that no editor reads, and Ctrl-C. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    INPUT_LINE_MAX = 8192, /* bytes, with the end */
};

/* Reads a line without its end from standard input, byte by byte: what follows is somebody else's. 0; -EINTR
 * after Ctrl-C; -ENODATA at the end of the input; -EMSGSIZE; -EILSEQ if it holds a NUL; another negative
 * errno. The caller erases. */
int input_read_line(char line[INPUT_LINE_MAX]);

/* From now on Ctrl-C ends what is being read, not the program. */
void input_catch_interrupts(void);

/* Set by Ctrl-C; whoever acts on it clears it. */
extern volatile sig_atomic_t input_interrupted;
