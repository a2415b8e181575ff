/*
 * One run of trctl: its options, its client of the daemon, and how it speaks. run_trctl() makes the session and
 * frees its client; a verb gets it, talks to the daemon through it and returns the exit code. The client is
 * made at its first use and connects at the first call.
 */
#pragma once

#include "common/memory.h"
#include "ctl/session/verb.h"
#include "threatresponse.h"

#include <signal.h>

enum {
    SESSION_ANSWER_MS = 4800, /* so that a command ends within five seconds when the daemon is stopped */
};

/* How a verb speaks when the console runs it: of commands instead of verbs. */
struct console_words {
    const char *usage_hint;                 /* after a usage error */
    void (*reword)(struct tr_error *error); /* puts an error into the words of the console */
};

struct session {
    struct tr_client *client; /* NULL before its first use */
    const char *socket_path;  /* NULL: the usual one */
    bool json;
    const struct verb *verbs;                 /* all of trctl; ends with a NULL name */
    const struct verb *verb;                  /* that runs; NULL before it is known */
    int exit_code;                            /* of options_parse() that returned false */
    const struct console_words *console;      /* NULL: the verb runs by itself */
    const volatile sig_atomic_t *interrupted; /* set by Ctrl-C; NULL: Ctrl-C ends the program */
};

/* Makes the client unless there is one. Returns 0, or the exit code after a report. */
int session_open(struct session *session);

/* Calls a method with parameters, which it takes over and overwrites (NULL: none). Returns 0, or the exit code
 * after a report. */
int session_call(
    struct session *session, const char *method, json_object *parameters, json_object **ret_reply);

/* Like session_call(), for a verb that prints the reply as text. With --json it prints the reply itself and
 * leaves *ret_reply NULL: the verb has nothing to print. */
int session_call_for_text(
    struct session *session, const char *method, json_object *parameters, json_object **ret_reply);

/* Asks for the state; tr_status_free() frees it. Returns 0, or the exit code after a report. */
int session_get_status(struct session *session, struct tr_status **ret_status);

/* Returns true if Ctrl-C was pressed and is the session's to act on. */
bool session_is_interrupted(const struct session *session);

/* Waits for the next reply of a stream and returns as tr_stream_next(), but goes on after other signals. After Ctrl-C it
 * disconnects, so that the daemon ends the errand, and returns -EINTR. */
int session_next_reply(struct session *session, char **ret_text, struct tr_error *error);

/* Asks a question on standard error and reads the answer from standard input; no answer is No. */
bool session_confirm(const char *question);
