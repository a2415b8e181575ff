/* Links to trctl: a program of a command's name runs this command of the console. */
#pragma once

#include "ctl/console/command.h"

struct session;

/* Returns the command that a program is named after; NULL if it is none or not one for links. */
const struct command *link_find(const char *program);

/* Runs a command: with arguments as batch, without as a dialogue. Returns the exit code. */
int link_run(struct session *session, const struct command *command, int argc, char **argv);
