/*
 * Questions of the console and their answers, from a person, from standard input, or from nobody: in batch form
 * a question is a usage error.
 */
#pragma once

#include <stdbool.h>

struct console;

enum answer_kind {
    ANSWER_PLAIN,
    ANSWER_SECRET, /* is read without the editor; the caller erases it */
};

/* Shows a prompt and reads the answer without surrounding white space; the caller frees it. Returns 0, or the
 * exit code after a report; a person who gives the dialogue up gets none. */
int ask_answer(struct console *console, const char *prompt, enum answer_kind kind, char **ret_answer);

/* Asks a question of one line for Yes or No; an empty answer is the fallback. Returns as ask_answer(). */
int ask_yes_or_no(struct console *console, const char *question, bool fallback, bool *ret_yes);

/* Reads a line, with the editor if there is one; the caller frees it. Returns as input_read_line(). */
int ask_line(struct console *console, const char *prompt, enum answer_kind kind, char **ret_line);
