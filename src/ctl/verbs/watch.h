/* "trctl watch": prints each change of the state as a line. */
#pragma once

struct session;

int verb_watch(struct session *session, int argc, char **argv);
