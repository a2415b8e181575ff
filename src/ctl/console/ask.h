/* Questions of the console, and their answers. */
#pragma once

#include <stdbool.h>

struct console;

enum answer_kind {
    ANSWER_PLAIN,
    ANSWER_SECRET, /* never in the editor; the caller erases it */
};

/* Shows a prompt and reads the answer, without surrounding white space (free it). Returns 0, or the exit code
 * if there was none: after a report, or without one where a person has given the dialogue up. */
int ask_answer(struct console *console, const char *prompt, enum answer_kind kind, char **ret_answer);

/* Asks for Yes or No: the question's last line, without the prompt; an empty answer is the fallback. Returns
 * as ask_answer. */
int ask_yes_or_no(struct console *console, const char *question, bool fallback, bool *ret_yes);

/* Reads one line with the editor, or without where there is none. Returns as input_read_line. */
int ask_line(struct console *console, const char *prompt, enum answer_kind kind, char **ret_line);
