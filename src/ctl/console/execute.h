/* Runs commands of the console: from their words, or from a text of several. */
#pragma once

#include "ctl/console/command.h"

/* Runs a command with its words; argv[0] is its name. */
int execute_command(struct console *console, const struct command *command, int argc, char **argv);

/* Runs the commands of a text up to the first that fails. Runs none if a part of the text is malformed. */
int execute_text(struct console *console, const char *text);
