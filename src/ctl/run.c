#include "ctl/run.h"

#include "ctl/console/link.h"
#include "ctl/help.h"
#include "ctl/session/options.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "ctl/verbs.h"

#include <errno.h>

static int report_unknown_verb(struct session *session, int argc, char **argv)
{
    const struct verb *near = verb_suggest(session->verbs, argv[0]);

    for (int i = 1; i < argc; i++)
        session->json = session->json || streq(argv[i], "--json");
    if (near)
        return report_usage(session, "There is no verb %s. Did you mean %s?", argv[0], near->name);
    return report_usage(session, "There is no verb %s.", argv[0]);
}

/* Prints the help, or the usage of the verb that the one word names. */
static int run_help(struct session *session, int n, char **words)
{
    const struct verb *verb = n > 0 ? verb_find(session->verbs, words[0]) : NULL;

    if (n > 0 && !verb)
        return report_unknown_verb(session, n, words);
    if (n > 1)
        return report_usage(session, "There are too many words.");
    if (verb)
        verb_print_usage(verb);
    else
        help_print(stdout, session->verbs);
    return 0;
}

/* Parses the options before the verb and runs the verb; or, called through a link, the console's command of that
 * name. */
static int run_command_line(struct session *session, int argc, char **argv)
{
    const struct command *called_as = argc > 0 ? link_find(argv[0]) : NULL;
    bool want_help = false, want_version = false;
    struct option_entry common[4];
    int i = 1;

    options_add_common(session, &want_help, common);
    const struct option_entry more[] = { { "--version", OPTION_FLAG, &want_version }, { 0 } };
    const struct option_entry *const tables[] = { common, more, NULL };

    while (i < argc && argv[i][0] == '-' && argv[i][1])
        if (!options_parse_one(session, tables, argc, argv, &i))
            return session->exit_code;

    if (want_version) {
        printf("trctl %s\n", tr_version());
        return 0;
    }
    if (called_as && want_help) {
        command_print_help(called_as);
        return 0;
    }
    if (called_as)
        return link_run(session, called_as, argc - i, argv + i);
    if (want_help)
        return run_help(session, argc - i, argv + i);
    if (i == argc)
        return report_usage(session, "The verb is missing: trctl needs one.");
    if (streq(argv[i], "help"))
        return run_help(session, argc - i - 1, argv + i + 1);

    session->verb = verb_find(session->verbs, argv[i]);
    if (!session->verb)
        return report_unknown_verb(session, argc - i, argv + i);
    return session->verb->run(session, argc - i, argv + i);
}

int run_trctl(int argc, char **argv)
{
    struct session session = { .verbs = verb_table };

    int exit_code = run_command_line(&session, argc, argv);
    tr_client_free(session.client);

    /* Fail if standard output couldn't be written: whoever reads it never saw the result. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_code == 0) {
        output_line(stderr, "trctl: Can't write to standard output: %s.", strerror(errno));
        return TR_CLASS_FAILED;
    }
    return exit_code;
}
