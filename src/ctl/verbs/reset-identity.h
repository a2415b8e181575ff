/* "trctl reset-identity": forgets the identity of an appliance that is a copy. */
#pragma once

struct session;

int verb_reset_identity(struct session *session, int argc, char **argv);
