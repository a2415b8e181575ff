/*
 * The console of the appliance while it runs: how commands and answers get in, what it knows of the appliance
 * and how it ends. "trctl shell" or a link of its name makes one and gives it to each command; the session
 * belongs to the caller and speaks in the console's words meanwhile.
 *
 * Functions that run something return the exit code and have reported what went wrong.
 */
#pragma once

#include "ctl/session/session.h"

enum console_input {
    CONSOLE_TERMINAL, /* a person types commands and answers */
    CONSOLE_STREAM,   /* standard input holds commands and answers */
    CONSOLE_BATCH,    /* the command line holds all: nobody can be asked */
};

struct console {
    struct session *session;
    struct console_words words;     /* what session->console points to */
    const struct command *commands; /* all of the console; ends with a NULL name */
    enum console_input input;
    struct editor *editor; /* NULL: lines are read without one */
    enum tr_cluster_mode mode;
    bool mode_known;
    char usage_hint[64];
    char host[256];      /* in the prompt */
    char *const *offers; /* words that complete the answer; NULL-terminated, or NULL */
    bool offers_servers; /* the servers complete the answer */
    bool answering;      /* a question is open: no command is being typed */
    int last;            /* exit code of the last command */
    bool is_link;        /* runs one command, then ends */
    bool at_end;         /* the input has ended */
    bool leaving;        /* no further command is run */
};

/* Makes a console of a session; batch: nobody can be asked, otherwise standard input says who is there. */
void console_begin(
    struct console *console, struct session *session, const struct command *commands, bool batch);

/* Frees the editor and lets the session speak for itself again. */
void console_end(struct console *console);

/* Asks for the state and takes from it what the console has to know. Returns 0, or the exit code after a
 * report. */
int console_get_status(struct console *console, struct tr_status **ret_status);

/* Runs a verb of trctl. The words end with NULL; the first is the verb's name. */
int console_run_verb(struct console *console, char **words);
