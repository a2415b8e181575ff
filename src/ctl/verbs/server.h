/* "trctl server": stages the regional server. */
#pragma once

struct session;

int verb_server(struct session *session, int argc, char **argv);
