/* "trctl clear": drops the settings that the user has staged. */
#pragma once

struct session;

int verb_clear(struct session *session, int argc, char **argv);
