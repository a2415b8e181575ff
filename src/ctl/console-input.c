#include "console-input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t console_interrupted;

static void interrupt(int signal)
{
    (void)signal;
    console_interrupted = 1;
}

void console_catch_interrupts(void)
{
    /* Without SA_RESTART: it ends a read. */
    struct sigaction action = { .sa_handler = interrupt };

    sigaction(SIGINT, &action, NULL);
}

int console_read_line(char line[CONSOLE_LINE_MAX])
{
    size_t used = 0;
    bool any = false;
    int r = 0;

    for (;;) {
        char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);

        if (n < 0)
            return -errno;
        if (n == 0 && !any)
            return -ENODATA;
        if (n == 0 || c == '\n')
            break;
        any = true;
        /* The rest of a line that is refused is not the next line. */
        if (c == 0)
            r = -EILSEQ;
        else if (used + 1 == CONSOLE_LINE_MAX)
            r = -EMSGSIZE;
        else
            line[used++] = c;
    }
    line[used] = 0;
    return r;
}
