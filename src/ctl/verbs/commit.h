/* "trctl commit": makes the settings that the user has staged active. */
#pragma once

struct session;

int verb_commit(struct session *session, int argc, char **argv);
