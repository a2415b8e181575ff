/* "trctl servers": lists the regional servers. */
#pragma once

struct session;

int verb_servers(struct session *session, int argc, char **argv);
