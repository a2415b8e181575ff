/*
 * Reports of failures: a sentence and what to do on standard error; with --json also an object on standard
 * output. Every report returns the exit code that the verb ends with. In the console the texts speak of its
 * commands.
 */
#pragma once

#include "ctl/session/session.h"

/* Reports an error of the client library. */
int report_error(const struct session *session, const struct tr_error *error);

/* Reports a failure that trctl found; reason and hint may be NULL. */
int report_failure(const struct session *session, enum tr_error_class exit_class, const char *code,
    const char *reason, const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Reports that the command line is wrong, and where its usage is explained. Returns 2. */
int report_usage(const struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reports that memory ran out. Returns 1. */
int report_no_memory(const struct session *session);

/* Reports that a reply of the daemon, "state" for instance, can't be read. Returns 3. */
int report_bad_reply(const struct session *session, const char *content);

/* Says on standard error that the daemon went away, and that the verb waits for it. */
void report_lost(void);
