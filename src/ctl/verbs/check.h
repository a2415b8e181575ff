/* "trctl check": has the daemon check the way to the cloud and prints each step as it ends. */
#pragma once

struct session;

int verb_check(struct session *session, int argc, char **argv);
