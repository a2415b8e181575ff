/* Questions of the console, and their answers. */
#pragma once

#include "ctl/console/console.h"

enum console_answer {
    CONSOLE_ANSWER,
    CONSOLE_ANSWER_SECRET, /* never in the editor; the caller erases it */
};

/* Shows a prompt and reads the answer, without surrounding white space (free it). Returns 0, or the exit code
 * if there was none: after a report, or without one where a person has given the dialogue up. */
int console_ask(struct console *console, const char *prompt, enum console_answer kind, char **ret_answer);

/* Asks for Yes or No: the question's last line, without the prompt; an empty answer is the fallback. Returns
 * as console_ask. */
int console_ask_yes(struct console *console, const char *question, bool fallback, bool *ret_yes);

/* Reads one line with the editor, or without where there is none. Returns as console_read_line. */
int console_get_line(struct console *console, const char *prompt, enum console_answer kind, char **ret_line);
