/* Completion of what is typed in the console: commands, choices, options, servers, and answers to questions. */
#pragma once

#include "ctl/console/matches.h"

/* Finds the words that could stand at the end of a line. The type of an editor's callback; userdata is the
 * console. Asks the daemon for the servers, for a second at most, and offers none if it doesn't answer. */
void complete_line(void *userdata, const char *line, struct matches *ret);
