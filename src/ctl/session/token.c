#include "ctl/session/token.h"

#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

struct buffer {
    char text[TOKEN_MAX + 1];
    size_t size;
};

static void buffer_erase(struct buffer *buffer)
{
    explicit_bzero(buffer, sizeof(*buffer));
}

char *token_trim(char *text, size_t size)
{
    static const char space[] = " \t\r\n\v\f";

    while (size > 0 && strchr(space, text[size - 1]) && text[size - 1])
        size--;
    text[size] = 0;
    for (; size > 0 && strchr(space, *text); size--)
        text++;
    if (size == 0)
        return NULL;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e)
            return NULL;
    return text;
}

/* Reads to the end of the input. Returns 0 or a negative errno: -EFBIG for more than TOKEN_MAX bytes. */
static int read_all(int fd, struct buffer *buffer)
{
    for (;;) {
        ssize_t n = read(fd, buffer->text + buffer->size, sizeof(buffer->text) - buffer->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        buffer->size += (size_t)n;
        if (buffer->size > TOKEN_MAX)
            return -EFBIG;
    }
}

static int read_file(const char *file, struct buffer *buffer)
{
    _cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    return fd < 0 ? -errno : read_all(fd, buffer);
}

static const int prompt_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
static volatile sig_atomic_t caught;

static void catch_signal(int signal)
{
    caught = signal;
}

/* Reads one line with the echo off. Returns 0, -EINTR and the signal in caught, or another negative errno. */
static int read_line_unseen(struct buffer *buffer)
{
    struct sigaction action = { .sa_handler = catch_signal }, saved_actions[ELEMENTS(prompt_signals)];
    struct termios saved, unseen;
    ssize_t n = -1;
    int r = 0;

    if (tcgetattr(STDIN_FILENO, &saved) < 0)
        return -errno;
    unseen = saved;
    unseen.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);

    /* Without SA_RESTART a signal ends the read; it is raised again when the echo is on. */
    caught = 0;
    for (size_t i = 0; i < ELEMENTS(prompt_signals); i++)
        sigaction(prompt_signals[i], &action, &saved_actions[i]);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen) < 0)
        r = -errno;
    else {
        if (!caught)
            n = read(STDIN_FILENO, buffer->text, sizeof(buffer->text));
        r = n < 0 ? -errno : 0;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
    }
    for (size_t i = 0; i < ELEMENTS(prompt_signals); i++)
        sigaction(prompt_signals[i], &saved_actions[i], NULL);

    fputc('\n', stderr);
    if (caught)
        return -EINTR;
    buffer->size = n > 0 ? (size_t)n : 0;
    return r;
}

static int ask_for_token(struct buffer *buffer)
{
    for (;;) {
        fputs("Enter a registration token key to register your appliance with the Cisco Threat Response "
              "portal.\n"
              "[]> ",
            stderr);
        int r = read_line_unseen(buffer);
        if (r != -EINTR)
            return r;
        /* All but SIGTSTP end the program; after that the prompt is shown again. */
        raise(caught);
    }
}

void token_hide_memory(void)
{
    prctl(PR_SET_DUMPABLE, 0);
}

int token_read(struct session *session, const char *file, char **ret_token)
{
    _cleanup_(buffer_erase) struct buffer buffer = { .size = 0 };
    bool from_file = file && !streq(file, "-");
    const char *source = from_file ? file : "standard input";
    int r;

    token_hide_memory();
    if (from_file)
        r = read_file(file, &buffer);
    else if (isatty(STDIN_FILENO))
        r = ask_for_token(&buffer);
    else
        r = read_all(STDIN_FILENO, &buffer);
    if (r == -EFBIG)
        return report_usage(
            session, "There is more than a token in %s (more than %d bytes).", source, TOKEN_MAX);
    if (r < 0)
        return report_usage(session, "Can't read the token from %s: %s.", source, strerror(-r));
    if (buffer.size == 0)
        return report_usage(
            session, "There is no token in %s; --token-file FILE takes it from a file.", source);

    const char *token = token_trim(buffer.text, buffer.size);
    if (!token)
        return report_usage(session, "The token in %s is empty or has characters that no token has.", source);
    *ret_token = strdup(token);
    if (!*ret_token)
        return report_no_memory(session);
    return 0;
}

bool token_is_possible(const char *word)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

    for (size_t length; *word; word += length) {
        length = strspn(word, alphabet);
        if (length >= TOKEN_MIN)
            return true;
        length += strcspn(word + length, alphabet);
    }
    return false;
}
