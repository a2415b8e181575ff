/* "trctl renew": asks for a new certificate now. */
#pragma once

struct session;

int verb_renew(struct session *session, int argc, char **argv);
