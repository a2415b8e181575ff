/* The commands "exit" and "quit" of the console, and the end of its input. */
#pragma once

struct console;

/* Ends the console. At a terminal asks first if changes are staged and not committed. Returns the exit code of
 * the last command, as a shell does. */
int leave_console(struct console *console, int argc, char **argv);
