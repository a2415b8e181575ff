/* "trctl retry": ends a registration, or a deregistration that waits for its next attempt. */
#pragma once

struct session;

int verb_retry(struct session *session, int argc, char **argv);
