/* The commands "commit" and "clearchanges" of the console, which ask a person before they change anything. */
#pragma once

struct console;

/* Makes the staged changes active. Asks for a comment if there is none on the line and somebody to ask. */
int changes_commit(struct console *console, int argc, char **argv);

/* Drops the staged changes, once a person has agreed or if there is nobody to ask. */
int changes_clear(struct console *console, int argc, char **argv);
