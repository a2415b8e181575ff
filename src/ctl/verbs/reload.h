/* "trctl reload": lets the daemon read its configuration again. */
#pragma once

struct session;

int verb_reload(struct session *session, int argc, char **argv);
