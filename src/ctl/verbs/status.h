/* "trctl status": shows the state, with --watch at each change. */
#pragma once

struct session;

int verb_status(struct session *session, int argc, char **argv);
