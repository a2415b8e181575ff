/* trctl recognise: shows what observables a text has, before anything is done with them. */
#pragma once

#include "ctl/session/session.h"

int verb_recognise(struct session *session, int argc, char **argv);
