/* "trctl metrics": prints the daemon's metrics, or writes them to a file for a collector. */
#pragma once

struct session;

int verb_metrics(struct session *session, int argc, char **argv);
