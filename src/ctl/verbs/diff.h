/* "trctl diff": shows how the settings that the user has staged differ from the active ones. */
#pragma once

struct session;

int verb_diff(struct session *session, int argc, char **argv);
