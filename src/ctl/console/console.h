/*
 * The console of the appliance: "trctl shell", and the links that run one command of it. Its commands are one
 * constant table, and what a command offers is another: menus, batch form, completion and help are made of
 * these. A choice of a menu and the same in batch form run the same function, which calls a verb of trctl.
 *
 * Functions that run something return the exit code and have said what went wrong.
 */
#pragma once

#include "ctl/console/editor.h"
#include "ctl/session/session.h"

#include <stdio.h>

/* "trctl shell". */
int verb_shell(struct session *session, int argc, char **argv);

struct console;

/* One operation of a command, as its menu and its batch form offer it. */
struct choice {
    const char *verb; /* in capitals, as the menu shows it */
    const char *text;
    const char *parameters;     /* of the batch form */
    const char *const *options; /* that complete; NULL-terminated, or NULL */
    bool takes_server;          /* its parameter completes as a server */
    bool takes_token;           /* its parameter is a secret */
    bool (*applies)(const struct tr_status *status);
    int (*run)(struct console *console, int argc, char **argv); /* argv[0] is the verb */
};

struct command {
    const char *name;
    const char *help;           /* one line */
    const char *parameters;     /* of a command without choices */
    const char *const *options; /* that complete; NULL-terminated, or NULL */
    int max_words;
    bool takes_command; /* its word completes as a command */
    bool takes_server;  /* its word completes as a server */
    bool takes_text;    /* its word is a text of the person's, which is no secret */
    int (*run)(struct console *console, int argc, char **argv); /* of a command without choices */
    const struct choice *choices;                               /* ends with a NULL verb; NULL: none */
    void (*notes)(
        FILE *stream, const struct tr_status *status); /* what stands above the menu; NULL: nothing */
    bool machine_mode;                                 /* works in machine mode only */
    bool is_link;                                      /* may be the name of the program */
};

/* Ends with a NULL name. */
extern const struct command command_table[];
extern const struct choice feature_choices[];
extern const struct choice cloud_choices[];

/* How commands get in. */
enum console_input {
    CONSOLE_TERMINAL, /* a person types them, and answers questions */
    CONSOLE_STREAM,   /* standard input holds commands and answers */
    CONSOLE_BATCH,    /* all is said beforehand: nobody can be asked */
};

struct console {
    struct session *session;
    struct console_words words; /* what session->console points to */
    enum console_input input;
    struct editor *editor;         /* NULL: none */
    const struct command *command; /* that runs */
    enum tr_cluster_mode mode;
    bool mode_known;
    char usage_hint[64];
    char host[256];
    char *const *offers; /* what completes an answer; NULL-terminated, or NULL */
    bool offers_servers; /* the servers complete it */
    bool answering;      /* a question is open: no command is being typed */
    int last;            /* exit code of the last command */
    bool is_link;        /* one command, then the end */
    bool at_end;         /* the input is */
    bool leaving;
};

/* The command of a program's name if that is a link; NULL if it is not. */
const struct command *link_find(const char *program);

/* Runs it: with arguments as batch, without as dialogue. */
int link_run(struct session *session, const struct command *command, int argc, char **argv);

/* Prints the help of a command. Returns 0. */
int command_print_help(const struct command *command);

/* The command or the choice of a name, without regard to case; NULL if there is none. */
const struct command *command_find(const char *name);
const struct choice *command_find_choice(const struct command *command, const char *name);

/* Runs all commands of a text, up to the first that fails. */
int execute_text(struct console *console, const char *text);

/* Runs a verb of trctl. The words end with NULL. */
int console_run_verb(struct console *console, char **words);

/* Asks for the state; remembers from it what the console has to know. 0 or the exit code after a report. */
int console_get_status(struct console *console, struct tr_status **ret_status);

/* The dialogue of a command with choices, and its batch form. */
int menu_run_dialogue(struct console *console, const struct command *command);
int menu_run_choice(struct console *console, const struct command *command, int argc, char **argv);

/* The words that could stand at the end of a line. */
void complete_line(void *userdata, const char *line, struct editor_matches *ret);

/* Puts an error into the words of the console. */
void reword_error(struct tr_error *error);

int console_show_changes(struct console *console, int argc, char **argv);
int changes_commit(struct console *console, int argc, char **argv);
int changes_clear(struct console *console, int argc, char **argv);
int console_log(struct console *console, int argc, char **argv);
int console_show_status(struct console *console, int argc, char **argv);
int console_check(struct console *console, int argc, char **argv);
int mode_run_command(struct console *console, int argc, char **argv);
int console_show_help(struct console *console, int argc, char **argv);
int leave_console(struct console *console, int argc, char **argv);

/* Sees to it that the console is in machine mode: asks whether to switch, or refuses. 0, or the exit code. */
int mode_require_machine(struct console *console, bool may_ask);

/* True if what is staged by the caller, and not committed, would be left behind. */
bool console_has_staged(struct console *console);

/* What stands above the menu of cloudserviceconfig. */
void notes_print(FILE *stream, const struct tr_status *status);
