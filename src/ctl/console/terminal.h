/* What a console does for a person at a terminal. */
#pragma once

struct console;

/* Sets the character set up, catches Ctrl-C and makes the editor if standard output is a terminal, too. */
void terminal_open(struct console *console);
