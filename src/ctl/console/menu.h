/* Commands that offer choices: the menu with its dialogue, and the batch form. */
#pragma once

#include "ctl/console/command.h"

/* Shows the choices that apply, asks for one and runs it. An empty answer runs nothing. */
int menu_run_dialogue(struct console *console, const struct command *command);

/* Runs the choice that argv[1] names, with the words behind it. */
int menu_run_choice(struct console *console, const struct command *command, int argc, char **argv);
