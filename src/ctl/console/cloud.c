#include "ctl/console/cloud.h"

#include "ctl/console/ask.h"
#include "ctl/console/console.h"
#include "ctl/console/tokenizer.h"
#include "ctl/session/registration.h"
#include "ctl/session/report.h"
#include "ctl/session/token.h"
#include "ctl/text/output.h"

static bool is_busy(const struct tr_status *status)
{
    enum tr_state state = status->registration->state;

    return state == TR_STATE_REGISTERING || state == TR_STATE_DEREGISTERING;
}

static bool can_register(const struct tr_status *status)
{
    return status->enabled && status->registration->state == TR_STATE_UNREGISTERED;
}

static bool can_deregister(const struct tr_status *status)
{
    return status->enabled && status->registration->state == TR_STATE_REGISTERED;
}

static bool applies_always(const struct tr_status *status)
{
    (void)status;
    return true;
}

static bool has_option(char **argv, const char *name)
{
    for (; *argv; argv++)
        if (streq(*argv, name))
            return true;
    return false;
}

static int register_typed(struct console *console, const char *text)
{
    _cleanup_erase_ char *copy = strdup(text);
    const char *token = copy ? token_trim(copy, strlen(copy)) : NULL;

    if (!token)
        return report_usage(console->session, "No registration token key was entered, or it has characters "
                                              "that no token has: the appliance is not registered.");
    return registration_start(console->session, token, NULL);
}

/* Asks for the token and shows it as it is typed, as the dialogue of the documentation does: whoever pastes it
 * sees that it is whole. The editor doesn't read it, so that it gets into no history. */
static int ask_for_token(struct console *console)
{
    _cleanup_erase_ char *token = NULL;

    int r = registration_check(console->session);
    if (r != 0)
        return r;
    output_line(stdout,
        "Enter a registration token key to register your appliance with the Cisco Threat Response portal.");
    r = ask_answer(console, "[]> ", ANSWER_SECRET, &token);
    if (r != 0)
        return r;
    putchar('\n');
    return register_typed(console, token);
}

/* True if the option names standard input, which is where the console reads its commands. */
static bool wants_input(char **argv)
{
    for (; *argv; argv++)
        if (streq(*argv, "--token-file=-") || (streq(*argv, "--token-file") && streq0(argv[1], "-")))
            return true;
    return false;
}

static int run_register(struct console *console, int argc, char **argv)
{
    struct session *session = console->session;
    bool may_ask = console->input != CONSOLE_BATCH;

    if (argc == 1 && !may_ask)
        return report_usage(
            session, "register needs --token-file FILE (\"-\" is standard input): there is nobody to ask.");
    if (argc == 1)
        return ask_for_token(console);
    /* A token may be a word of the line only in the console: no list of processes shows it there. */
    if (argc == 2 && may_ask && argv[1][0] != '-')
        return register_typed(console, argv[1]);
    if (may_ask && wants_input(argv)) {
        if (argc > 3)
            return report_usage(
                session, "In the console \"--token-file -\" can't be combined with another option.");
        return ask_for_token(console);
    }
    argv[0] = (char *)"register";
    return console_run_verb(console, argv);
}

static int confirm_deregistration(struct console *console, bool *ret_yes)
{
    output_line(stdout, "Do you want to deregister your appliance from the Cisco Threat Response portal.");
    putchar('\n');
    int r = ask_yes_or_no(console,
        "If you deregister, you will not be able to access the Cloud Service features.", false, ret_yes);
    if (r == 0)
        putchar('\n');
    return r;
}

static int run_deregister(struct console *console, int argc, char **argv)
{
    char *words[TOKENIZER_WORDS_MAX + 2] = { (char *)"deregister", (char *)"--yes" };
    bool yes = has_option(argv, "--yes"), local_only = has_option(argv, "--local-only");
    struct tr_status *status;

    if (!yes && console->input == CONSOLE_BATCH)
        return report_usage(console->session, "deregister needs --yes: there is nobody to ask.");
    if (!yes) {
        int r = console_get_status(console, &status);
        if (r != 0)
            return r;
        /* Don't ask for a confirmation if the daemon will refuse. */
        bool applies =
            can_deregister(status) || (local_only && status->registration->state != TR_STATE_UNREGISTERED);
        tr_status_free(status);
        r = applies ? confirm_deregistration(console, &yes) : 0;
        if (r != 0)
            return r;
        if (applies && !yes)
            return report_failure(
                console->session, TR_CLASS_FAILED, "declined", NULL, NULL, "The appliance stays as it is.");
    }
    memcpy(words + 2, argv + 1, (size_t)argc * sizeof(*argv));
    return console_run_verb(console, words);
}

static int ask_for_server(struct console *console)
{
    _cleanup_free_ char *answer = NULL;

    int r = console_run_verb(console, (char *[]){ (char *)"servers", NULL });
    if (r != 0)
        return r;
    putchar('\n');
    output_line(stdout, "Enter threat response server to connect to the Cisco Threat Response portal.:");

    console->offers_servers = true;
    r = ask_answer(console, "[]> ", ANSWER_PLAIN, &answer);
    console->offers_servers = false;
    if (r != 0 || !*answer)
        return r;
    putchar('\n');
    return console_run_verb(console, (char *[]){ (char *)"server", (char *)"--", answer, NULL });
}

static int set_server(struct console *console, int argc, char **argv)
{
    if (argc == 1 && console->input != CONSOLE_BATCH)
        return ask_for_server(console);
    if (argc == 1)
        return report_usage(console->session,
            "settrs needs the number, the label or the host name of a server: there is nobody to ask.");
    argv[0] = (char *)"server";
    return console_run_verb(console, argv);
}

static const char *const register_options[] = { "--token-file", "--wait", NULL };
static const char *const deregister_options[] = { "--yes", "--local-only", "--wait", NULL };

const struct choice cloud_choices[] = {
    { "REGISTER", "To register the appliance with the Cisco Threat Response portal.",
        "--token-file FILE|- [--wait[=SECONDS]]", .options = register_options, .takes_token = true,
        .applies = can_register, .run = run_register },
    { "DEREGISTER", "To deregister the appliance from the Cisco Threat Response portal.",
        "--yes [--local-only] [--wait[=SECONDS]]", .options = deregister_options, .applies = can_deregister,
        .run = run_deregister },
    { "CANCEL", "To cancel the registration or deregistration that is in progress.", "", .applies = is_busy,
        .verb = "cancel" },
    { "SETTRS", "Set the Threat Response Server to connect to the Cisco Threat Response portal.",
        "NUMBER|LABEL|HOST", .takes_server = true, .applies = applies_always, .run = set_server },
    { 0 },
};
