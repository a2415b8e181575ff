#include "ctl/console/input.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t input_interrupted;

static void note_interrupt(int signal)
{
    (void)signal;
    input_interrupted = 1;
}

void input_catch_interrupts(void)
{
    struct sigaction action = { .sa_handler = note_interrupt };

    sigaction(SIGINT, &action, NULL);
}

/* Waits for input. Ctrl-C is blocked outside of the wait, so that none is lost between the check and the read. */
static int wait_for_input(const sigset_t *mask)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

    if (input_interrupted)
        return -EINTR;
    return ppoll(&input, 1, NULL, mask) < 0 ? -errno : 0;
}

static int read_byte(const sigset_t *mask, char *ret)
{
    int r = wait_for_input(mask);
    if (r < 0)
        return r;
    ssize_t n = read(STDIN_FILENO, ret, 1);
    return n < 0 ? -errno : (int)n;
}

static int read_line(const sigset_t *mask, char line[INPUT_LINE_MAX])
{
    size_t used = 0;
    bool any = false;
    int r = 0;

    for (;;) {
        char c;
        int n = read_byte(mask, &c);

        if (n < 0)
            return n;
        if (n == 0 && !any)
            return -ENODATA;
        if (n == 0 || c == '\n')
            break;
        any = true;
        /* A bad line is read to its end: its rest must not become the next line. */
        if (c == 0)
            r = -EILSEQ;
        else if (used + 1 == INPUT_LINE_MAX)
            r = -EMSGSIZE;
        else
            line[used++] = c;
    }
    line[used] = 0;
    return r;
}

int input_read_line(char line[INPUT_LINE_MAX])
{
    sigset_t interrupt_only, mask;

    sigemptyset(&interrupt_only);
    sigaddset(&interrupt_only, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt_only, &mask);
    int r = read_line(&mask, line);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return r;
}
