#include "ctl/console/ask.h"

#include "ctl/console/console.h"
#include "ctl/console/editor.h"
#include "ctl/console/input.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"

#include <errno.h>
#include <strings.h>

static int read_plainly(struct console *console, const char *prompt, char **ret_line)
{
    char line[INPUT_LINE_MAX];

    fputs(prompt, stdout);
    fflush(stdout);
    int r = input_read_line(line);
    /* A terminal echoes the end of the answer; a stream doesn't. */
    if (console->input == CONSOLE_STREAM && *prompt)
        putchar('\n');
    if (r == 0 && !(*ret_line = strdup(line)))
        r = -ENOMEM;
    explicit_bzero(line, sizeof(line));
    return r;
}

int ask_line(struct console *console, const char *prompt, enum answer_kind kind, char **ret_line)
{
    /* A person may take a while: don't hold a connection of the daemon meanwhile. */
    if (console->session->client)
        tr_client_disconnect(console->session->client);
    fflush(stdout);

    int r = input_interrupted ? -EINTR : 0;
    if (r == 0)
        r = console->editor && kind != ANSWER_SECRET ? editor_read(console->editor, prompt, ret_line)
                                                     : read_plainly(console, prompt, ret_line);
    /* Another process may have sent SIGINT: the editor then reports the end of the input. */
    if (r == -ENODATA && input_interrupted)
        r = -EINTR;
    if (r < 0 && console->input == CONSOLE_TERMINAL)
        putchar('\n');
    input_interrupted = 0;
    console->at_end = r == -ENODATA;
    return r;
}

/* Removes surrounding white space, in place; leaves no copy of the text behind it. */
static void trim_blanks(char *text)
{
    static const char space[] = " \t\r\n\v\f";
    size_t leading = strspn(text, space), length = strlen(text);

    while (length > leading && strchr(space, text[length - 1]))
        length--;
    memmove(text, text + leading, length - leading);
    explicit_bzero(text + length - leading, leading);
    text[length - leading] = 0;
}

/* Turns a failure to read an answer into the exit code. A person who gave the dialogue up needs no report. */
static int report_no_answer(struct console *console, int r)
{
    struct session *session = console->session;

    switch (r) {
    case -EINTR:
        return TR_CLASS_FAILED;
    case -ENODATA:
        if (console->input == CONSOLE_TERMINAL)
            return TR_CLASS_FAILED;
        return report_usage(session, "The input ends where an answer is needed.");
    case -EMSGSIZE:
        return report_usage(session, "The answer is longer than %d bytes.", INPUT_LINE_MAX - 1);
    case -EILSEQ:
        return report_usage(session, "The answer holds a NUL byte.");
    case -ENOMEM:
        return report_no_memory(session);
    default:
        return report_usage(session, "Can't read the answer: %s.", strerror(-r));
    }
}

int ask_answer(struct console *console, const char *prompt, enum answer_kind kind, char **ret_answer)
{
    if (console->input == CONSOLE_BATCH)
        return report_usage(console->session, "An answer is missing, and there is nobody to ask.");

    char *line = NULL;
    console->answering = true;
    int r = ask_line(console, prompt, kind, &line);
    console->answering = false;
    if (r < 0 || !line)
        return report_no_answer(console, r < 0 ? r : -ENOMEM);
    trim_blanks(line);
    *ret_answer = line;
    return 0;
}

/* Asks until the answer is Yes, No or empty; from a stream only once. */
static int ask_until_clear(struct console *console, const char *prompt, bool fallback, bool *ret_yes)
{
    for (;;) {
        _cleanup_free_ char *answer = NULL;

        int r = ask_answer(console, prompt, ANSWER_PLAIN, &answer);
        if (r != 0 || !answer)
            return r;
        bool yes = strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
        bool no = strcasecmp(answer, "n") == 0 || strcasecmp(answer, "no") == 0;
        if (yes || no || !*answer) {
            *ret_yes = *answer ? yes : fallback;
            return 0;
        }
        r = report_usage(console->session, "Please answer Yes or No.");
        if (console->input != CONSOLE_TERMINAL)
            return r;
    }
}

int ask_yes_or_no(struct console *console, const char *question, bool fallback, bool *ret_yes)
{
    static char *const answers[] = { (char *)"yes", (char *)"no", NULL };
    char prompt[256];

    snprintf(prompt, sizeof(prompt), "%s [%s]> ", question, fallback ? "Y" : "N");
    console->offers = answers;
    int r = ask_until_clear(console, prompt, fallback, ret_yes);
    console->offers = NULL;
    return r;
}
