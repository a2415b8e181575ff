/* The comment of a commit, for the verb and for the console. */
#pragma once

#include "ctl/session/session.h"

/* Checks a comment: UTF-8 of at most 1024 characters. Returns 0, or the exit code after a report. */
int comment_check(const struct session *session, const char *comment);
