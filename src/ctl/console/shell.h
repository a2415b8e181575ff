/* "trctl shell": the console at a terminal, with commands from standard input, or with those of one argument. */
#pragma once

struct session;

int verb_shell(struct session *session, int argc, char **argv);
