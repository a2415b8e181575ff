/* "trctl cancel": ends a registration, or a deregistration that waits for its next attempt. */
#pragma once

struct session;

int verb_cancel(struct session *session, int argc, char **argv);
