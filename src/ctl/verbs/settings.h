/* "trctl settings": lists the settings and where their values come from. */
#pragma once

struct session;

int verb_settings(struct session *session, int argc, char **argv);
