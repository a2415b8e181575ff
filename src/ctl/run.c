#include "ctl/session/session.h"

#include "common/json.h"
#include "ctl/console/console.h"
#include "ctl/help.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

#include <errno.h>
#include <strings.h>
#include <unistd.h>

int ctl_open(struct ctl *ctl)
{
    if (ctl->client)
        return 0;
    if (tr_client_new(ctl->socket_path, &ctl->client) < 0)
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");
    tr_client_set_timeout(ctl->client, CTL_ANSWER_MS);
    return 0;
}

int ctl_call(struct ctl *ctl, const char *method, json_object *parameters, json_object **ret_reply)
{
    _cleanup_json_erase_ json_object *owned = parameters;
    _cleanup_free_ char *reply = NULL;
    const char *text = NULL;
    struct tr_error error;
    size_t size = 0;

    int r = ctl_open(ctl);
    if (r != 0)
        return r;
    if (owned && !(text = json_text(owned, &size)))
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");

    r = tr_call(ctl->client, method, text, &reply, &error);
    if (text)
        json_erase_text(text, size);
    if (r < 0)
        return ctl_fail(ctl, &error);
    if (json_parse(reply, strlen(reply), ret_reply) < 0)
        return ctl_fail_with(ctl, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");
    return 0;
}

int ctl_get_status(struct ctl *ctl, struct tr_status **ret_status)
{
    struct tr_error error;

    int r = ctl_open(ctl);
    if (r != 0)
        return r;
    return tr_get_status(ctl->client, ret_status, &error) < 0 ? ctl_fail(ctl, &error) : 0;
}

const struct tr_candidate *ctl_own_candidate(const struct tr_status *status)
{
    for (size_t i = 0; i < status->n_staged; i++)
        if (status->staged[i]->uid == (int64_t)geteuid())
            return status->staged[i];
    return NULL;
}

void ctl_say_lost(void)
{
    ctl_line(stderr, "trctl: The daemon went away; waiting until it is back.");
}

bool ctl_confirm(const char *question)
{
    char answer[32] = "";

    fputs(question, stderr);
    if (!fgets(answer, sizeof(answer), stdin)) {
        fputc('\n', stderr);
        return false;
    }
    answer[strcspn(answer, " \r\n")] = 0;
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

static int unknown_verb(struct ctl *ctl, int argc, char **argv)
{
    const struct ctl_verb *near = ctl_suggest(argv[0]);

    for (int i = 1; i < argc; i++)
        ctl->json = ctl->json || streq(argv[i], "--json");
    if (near)
        return ctl_usage(ctl, "There is no verb %s. Did you mean %s?", argv[0], near->name);
    return ctl_usage(ctl, "There is no verb %s.", argv[0]);
}

/* Help, or that for the verb of the one word. */
static int help(struct ctl *ctl, int n, char **words)
{
    const struct ctl_verb *verb = n > 0 ? ctl_find_verb(words[0]) : NULL;

    if (n > 0 && !verb)
        return unknown_verb(ctl, n, words);
    if (n > 1)
        return ctl_usage(ctl, "There are too many words.");
    if (verb)
        ctl_help_verb(verb);
    else
        ctl_help(stdout);
    return 0;
}

/* What stands before the verb, then the verb; or the console's command that the program was called as. */
static int run(struct ctl *ctl, int argc, char **argv)
{
    const struct console_command *called_as = argc > 0 ? console_find_link(argv[0]) : NULL;
    bool want_help = false, want_version = false;
    struct ctl_option common[4];
    int i = 1;

    ctl_common_options(ctl, &want_help, common);
    const struct ctl_option more[] = { { "--version", CTL_FLAG, &want_version }, { 0 } };
    const struct ctl_option *const tables[] = { common, more, NULL };

    while (i < argc && argv[i][0] == '-' && argv[i][1])
        if (!ctl_parse_option(ctl, tables, argc, argv, &i))
            return ctl->exit_code;

    if (want_version) {
        printf("trctl %s\n", tr_version());
        return 0;
    }
    if (called_as)
        return want_help ? console_help(called_as) : console_run_link(ctl, called_as, argc - i, argv + i);
    if (want_help)
        return help(ctl, argc - i, argv + i);
    if (i == argc)
        return ctl_usage(ctl, "What to do is missing: trctl needs a verb.");
    if (streq(argv[i], "help"))
        return help(ctl, argc - i - 1, argv + i + 1);

    ctl->verb = ctl_find_verb(argv[i]);
    if (!ctl->verb)
        return unknown_verb(ctl, argc - i, argv + i);
    return ctl->verb->run(ctl, argc - i, argv + i);
}

int ctl_main(int argc, char **argv)
{
    struct ctl ctl = { 0 };

    int exit_code = run(&ctl, argc, argv);
    tr_client_free(ctl.client);

    /* What could not be written was not done, as far as a reader of it knows. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_code == 0) {
        ctl_line(stderr, "trctl: Can't write to standard output: %s.", strerror(errno));
        return TR_CLASS_FAILED;
    }
    return exit_code;
}
