#include "ctl/session/options.h"

#include "common/mistyped.h"
#include "ctl/session/report.h"
#include "ctl/session/token.h"
#include "ctl/text/output.h"

#include <errno.h>

enum {
    SECONDS_MAX = 1000000, /* in milliseconds it still fits an int */
};

static const struct option_entry *find_option(
    const struct option_entry *const tables[], const char *text, size_t length)
{
    for (; *tables; tables++)
        for (const struct option_entry *option = *tables; option->name; option++)
            if (strlen(option->name) == length && memcmp(option->name, text, length) == 0)
                return option;
    return NULL;
}

static const char *without_dashes(const char *name)
{
    return name + strspn(name, "-");
}

/* Reports an unknown option. Repeats its name only: its value may be secret. */
static int report_unknown(
    struct session *session, const struct option_entry *const tables[], const char *text, int length)
{
    const char *near = NULL;
    int distance = MISTYPED_FAR;
    char typed[64];

    snprintf(typed, sizeof(typed), "%.*s", length, text);
    for (; *tables; tables++)
        for (const struct option_entry *option = *tables; option->name; option++)
            if (option->kind != OPTION_REFUSED &&
                mistyped_is_nearer(without_dashes(typed), without_dashes(option->name), &distance))
                near = option->name;
    /* A token may begin with a dash. */
    if (!near && token_is_possible(typed))
        return report_usage(session, "There is no such option.");
    if (near)
        return report_usage(session, "There is no option %.*s. Did you mean %s?", length, text, near);
    return report_usage(session, "There is no option %.*s.", length, text);
}

static bool set_exit_code(struct session *session, int exit_code)
{
    session->exit_code = exit_code;
    return false;
}

static int parse_seconds(const char *text, int *ret_seconds)
{
    char *end;

    errno = 0;
    long seconds = strtol(text, &end, 10);
    if (errno || *end || strspn(text, "0123456789") != strlen(text) || seconds > SECONDS_MAX)
        return -EINVAL;
    *ret_seconds = (int)seconds;
    return 0;
}

bool options_parse_one(
    struct session *session, const struct option_entry *const tables[], int argc, char **argv, int *i)
{
    const char *text = argv[(*i)++];
    const char *equals = strncmp(text, "--", 2) == 0 ? strchr(text, '=') : NULL;
    int length = (int)(equals ? (size_t)(equals - text) : strlen(text));
    const struct option_entry *option = find_option(tables, text, (size_t)length);

    if (!option)
        return set_exit_code(session, report_unknown(session, tables, text, length));

    switch (option->kind) {
    case OPTION_FLAG:
        if (equals)
            return set_exit_code(
                session, report_usage(session, "The option %s takes no value.", option->name));
        *(bool *)option->value = true;
        return true;
    case OPTION_VALUE:
    case OPTION_TEXT:
        if (!equals && *i >= argc)
            return set_exit_code(
                session, report_usage(session, "The option %s needs a value.", option->name));
        text = equals ? equals + 1 : argv[(*i)++];
        if (option->kind == OPTION_VALUE && !*text)
            return set_exit_code(
                session, report_usage(session, "The value of the option %s is empty.", option->name));
        *(const char **)option->value = text;
        return true;
    case OPTION_WAIT:
        *(int *)option->value = OPTIONS_WAIT_DEFAULT;
        if (equals && equals[1] && parse_seconds(equals + 1, option->value) < 0)
            return set_exit_code(session,
                report_usage(session, "%s takes a number of seconds, not \"%s\".", option->name, equals + 1));
        return true;
    case OPTION_REFUSED:
        return set_exit_code(session, report_usage(session, "%s", session->verb->surplus));
    }
    return false;
}

void options_add_common(struct session *session, bool *help, struct option_entry options[4])
{
    options[0] = (struct option_entry){ "--json", OPTION_FLAG, &session->json };
    options[1] = (struct option_entry){ "--socket", OPTION_VALUE, &session->socket_path };
    options[2] = (struct option_entry){ "--help", OPTION_FLAG, help };
    options[3] = (struct option_entry){ 0 };
}

bool options_parse(struct session *session, const struct option_entry *options, int argc, char **argv,
    const char *words[OPTIONS_WORDS_MAX])
{
    const struct verb *verb = session->verb;
    struct option_entry common[4];
    bool help = false, only_words = false;
    int n = 0, i = 1;

    options_add_common(session, &help, common);
    /* In the console the common options don't apply: it has its own help, and its session has a socket. */
    const struct option_entry *const tables[] = { session->console ? common + 3 : common, options, NULL };
    memset(words, 0, OPTIONS_WORDS_MAX * sizeof(*words));

    while (i < argc) {
        if (!only_words && argv[i][0] == '-' && argv[i][1]) {
            if (streq(argv[i], "--")) {
                only_words = true;
                i++;
            } else if (!options_parse_one(session, tables, argc, argv, &i))
                return false;
            continue;
        }
        if (n >= verb->max_words)
            return set_exit_code(session,
                report_usage(session, "%s", verb->surplus ? verb->surplus : "There are too many words."));
        if (!*argv[i])
            return set_exit_code(session,
                report_usage(session, "%s needs %s, not an empty word.", verb->name, verb->arguments));
        words[n++] = argv[i++];
    }

    if (help) {
        verb_print_usage(verb);
        return set_exit_code(session, 0);
    }
    if (n < verb->min_words)
        return set_exit_code(session, report_usage(session, "%s needs %s.", verb->name, verb->arguments));
    return true;
}
