/* "trctl call": calls a method of the daemon and prints its reply, with --more each reply. */
#pragma once

struct session;

int verb_call(struct session *session, int argc, char **argv);
