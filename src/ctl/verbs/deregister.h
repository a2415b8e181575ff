/* "trctl deregister": deregisters the appliance, once a person or --yes has agreed. */
#pragma once

struct session;

int verb_deregister(struct session *session, int argc, char **argv);
