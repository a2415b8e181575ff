/*
 * trctl, the command of the agent: what its verbs share. A verb is a function that gets its own words, talks
 * to the daemon through libthreatresponse and returns the exit code; it has then said what went wrong. The
 * client connects at the first call, and run_trctl frees it.
 */
#pragma once

#include "common/memory.h"
#include "threatresponse.h"

#include <signal.h>

struct session;

enum {
    SESSION_ANSWER_MS = 4800, /* so that a command ends within five seconds when the daemon is stopped */
};

struct verb {
    const char *name;
    const char *arguments; /* as the usage shows them */
    const char *help;      /* one line */
    int min_words, max_words;
    int (*run)(struct session *session, int argc, char **argv); /* argv[0] is the verb */
    const char *surplus; /* what to say to a word too many; NULL: the usual */
};

struct session {
    struct tr_client *client;
    const char *socket_path; /* NULL: the usual one */
    bool json;
    const struct verb *verb;             /* NULL before it is known */
    int exit_code;                       /* what options_parse ended with */
    const struct console_words *console; /* NULL: a verb by itself */
};

/* What is different when a verb runs for the console, which knows commands where trctl knows verbs. */
struct console_words {
    const char *usage_hint;                   /* after a usage error */
    const volatile sig_atomic_t *interrupted; /* set by Ctrl-C */
    void (*reword)(struct tr_error *error);   /* puts an error into the words of the console */
};

/* The verbs; ends with a NULL name. */
extern const struct verb verb_table[];

/* The whole program but main(); returns the exit code. */
int run_trctl(int argc, char **argv);

/* The verb of a name; NULL if there is none. */
const struct verb *verb_find(const char *name);

/* The verb whose name is nearest to a mistyped one; NULL if none is near. */
const struct verb *verb_suggest(const char *name);

/* Calls a method with parameters, which it takes over and overwrites (NULL: none). Returns 0, or the exit
 * code after it has reported the failure. */
int session_call(
    struct session *session, const char *method, json_object *parameters, json_object **ret_reply);

/* Asks for the state, in the same manner. */
int session_get_status(struct session *session, struct tr_status **ret_status);

/* The client, made at its first use. Returns 0, or the exit code after it has reported the failure. */
int session_open(struct session *session);

/* Says that the daemon went away and is waited for. */
void report_lost(void);

/* Asks on the terminal; no answer is No. */
bool session_confirm(const char *question);

/* What the calling user has staged; NULL if nothing. */
const struct tr_candidate *candidate_of_caller(const struct tr_status *status);

/* Refuse what makes no sense to ask about: a token where the appliance can't be registered. Return 0, or the
 * exit code after the report. */
int registration_check(struct session *session);

/* Registers with a token; says that it is in progress. Returns the exit code. */
int registration_start(struct session *session, const char *token);

/* Checks a comment. Returns 0, or the exit code after it has reported what is wrong. */
int comment_check(struct session *session, const char *comment);

int verb_status(struct session *session, int argc, char **argv);
int verb_servers(struct session *session, int argc, char **argv);
int verb_server(struct session *session, int argc, char **argv);
int verb_settings(struct session *session, int argc, char **argv);
int verb_enable(struct session *session, int argc, char **argv);
int verb_disable(struct session *session, int argc, char **argv);
int verb_diff(struct session *session, int argc, char **argv);
int verb_commit(struct session *session, int argc, char **argv);
int verb_clear(struct session *session, int argc, char **argv);
int verb_history(struct session *session, int argc, char **argv);
int verb_register(struct session *session, int argc, char **argv);
int verb_deregister(struct session *session, int argc, char **argv);
int verb_cancel(struct session *session, int argc, char **argv);
int verb_renew(struct session *session, int argc, char **argv);
int verb_watch(struct session *session, int argc, char **argv);
int verb_check(struct session *session, int argc, char **argv);
int verb_reset_identity(struct session *session, int argc, char **argv);
int verb_certificate(struct session *session, int argc, char **argv);
int verb_metrics(struct session *session, int argc, char **argv);
int verb_call(struct session *session, int argc, char **argv);
int verb_shell(struct session *session, int argc, char **argv);
