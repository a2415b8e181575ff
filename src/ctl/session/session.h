/*
 * trctl, the command of the agent: what its verbs share. A verb is a function that gets its own words, talks
 * to the daemon through libthreatresponse and returns the exit code; it has then said what went wrong. The
 * client connects at the first call, and ctl_main frees it.
 */
#pragma once

#include "common/memory.h"
#include "threatresponse.h"

#include <signal.h>

struct ctl;

enum {
    CTL_ANSWER_MS = 4800, /* so that a command ends within five seconds when the daemon is stopped */
};

struct ctl_verb {
    const char *name;
    const char *arguments; /* as the usage shows them */
    const char *help;      /* one line */
    int min_words, max_words;
    int (*run)(struct ctl *ctl, int argc, char **argv); /* argv[0] is the verb */
    const char *surplus;                                /* what to say to a word too many; NULL: the usual */
};

struct ctl {
    struct tr_client *client;
    const char *socket_path; /* NULL: the usual one */
    bool json;
    const struct ctl_verb *verb;       /* NULL before it is known */
    int exit_code;                     /* what ctl_parse ended with */
    const struct ctl_console *console; /* NULL: a verb by itself */
};

/* What is different when a verb runs for the console, which knows commands where trctl knows verbs. */
struct ctl_console {
    const char *usage_hint;                   /* after a usage error */
    const volatile sig_atomic_t *interrupted; /* set by Ctrl-C */
    void (*reword)(struct tr_error *error);   /* puts an error into the words of the console */
};

/* The verbs; ends with a NULL name. */
extern const struct ctl_verb ctl_verbs[];

/* The whole program but main(); returns the exit code. */
int ctl_main(int argc, char **argv);

/* The verb of a name; NULL if there is none. */
const struct ctl_verb *ctl_find_verb(const char *name);

/* The verb whose name is nearest to a mistyped one; NULL if none is near. */
const struct ctl_verb *ctl_suggest(const char *name);

/* Calls a method with parameters, which it takes over and overwrites (NULL: none). Returns 0, or the exit
 * code after it has reported the failure. */
int ctl_call(struct ctl *ctl, const char *method, json_object *parameters, json_object **ret_reply);

/* Asks for the state, in the same manner. */
int ctl_get_status(struct ctl *ctl, struct tr_status **ret_status);

/* The client, made at its first use. Returns 0, or the exit code after it has reported the failure. */
int ctl_open(struct ctl *ctl);

/* Says that the daemon went away and is waited for. */
void ctl_say_lost(void);

/* Asks on the terminal; no answer is No. */
bool ctl_confirm(const char *question);

/* What the calling user has staged; NULL if nothing. */
const struct tr_candidate *ctl_own_candidate(const struct tr_status *status);

/* Refuse what makes no sense to ask about: a token where the appliance can't be registered. Return 0, or the
 * exit code after the report. */
int ctl_check_register(struct ctl *ctl);

/* Registers with a token; says that it is in progress. Returns the exit code. */
int ctl_register(struct ctl *ctl, const char *token);

/* Checks a comment. Returns 0, or the exit code after it has reported what is wrong. */
int ctl_check_comment(struct ctl *ctl, const char *comment);

int verb_status(struct ctl *ctl, int argc, char **argv);
int verb_servers(struct ctl *ctl, int argc, char **argv);
int verb_server(struct ctl *ctl, int argc, char **argv);
int verb_settings(struct ctl *ctl, int argc, char **argv);
int verb_enable(struct ctl *ctl, int argc, char **argv);
int verb_disable(struct ctl *ctl, int argc, char **argv);
int verb_diff(struct ctl *ctl, int argc, char **argv);
int verb_commit(struct ctl *ctl, int argc, char **argv);
int verb_clear(struct ctl *ctl, int argc, char **argv);
int verb_history(struct ctl *ctl, int argc, char **argv);
int verb_register(struct ctl *ctl, int argc, char **argv);
int verb_deregister(struct ctl *ctl, int argc, char **argv);
int verb_cancel(struct ctl *ctl, int argc, char **argv);
int verb_renew(struct ctl *ctl, int argc, char **argv);
int verb_watch(struct ctl *ctl, int argc, char **argv);
int verb_check(struct ctl *ctl, int argc, char **argv);
int verb_reset_identity(struct ctl *ctl, int argc, char **argv);
int verb_certificate(struct ctl *ctl, int argc, char **argv);
int verb_metrics(struct ctl *ctl, int argc, char **argv);
int verb_call(struct ctl *ctl, int argc, char **argv);
int verb_shell(struct ctl *ctl, int argc, char **argv);
