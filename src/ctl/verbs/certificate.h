/* "trctl certificate": shows the appliance's certificate, or prints it with its chain. */
#pragma once

struct session;

int verb_certificate(struct session *session, int argc, char **argv);
