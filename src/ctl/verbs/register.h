/* "trctl register": registers the appliance with a token that it reads. */
#pragma once

struct session;

int verb_register(struct session *session, int argc, char **argv);
