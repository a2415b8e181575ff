/* "trctl history": lists the commits. */
#pragma once

struct session;

int verb_history(struct session *session, int argc, char **argv);
