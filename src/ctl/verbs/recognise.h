/* trctl recognise: shows the observables of a text, before anything is done with them. */
#pragma once

#include "ctl/session/session.h"

int verb_recognise(struct session *session, int argc, char **argv);
