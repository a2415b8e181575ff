/* "trctl enable" and "trctl disable": stage the setting of the feature. */
#pragma once

struct session;

int verb_enable(struct session *session, int argc, char **argv);
int verb_disable(struct session *session, int argc, char **argv);
