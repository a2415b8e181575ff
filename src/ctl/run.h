/* The whole program but main(). */
#pragma once

/* Runs a command line: the options, then the verb or, called through a link of its name, a command of the
 * console. Returns the exit code. */
int run_trctl(int argc, char **argv);
