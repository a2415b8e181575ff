/*
 * The cluster mode that a console works in. It begins as the configuration says and is changed by the command
 * "clustermode"; some commands work in machine mode only.
 */
#pragma once

#include <stdbool.h>

struct console;

/* The names of the modes; ends with NULL. */
extern const char *const mode_names[];

/* Runs the command "clustermode": shows the mode or changes it. */
int mode_run_command(struct console *console, int argc, char **argv);

/* Makes sure that the console works in machine mode: asks whether to switch, or refuses. Returns 0, or the exit
 * code after a report. */
int mode_require_machine(struct console *console, bool may_ask);
