#include "ctl/session/options.h"

#include "common/mistyped.h"
#include "ctl/help.h"
#include "ctl/session/token.h"
#include "ctl/text/output.h"

#include <errno.h>

static const struct ctl_option *find(const struct ctl_option *const tables[], const char *text, size_t length)
{
    for (; *tables; tables++)
        for (const struct ctl_option *option = *tables; option->name; option++)
            if (strlen(option->name) == length && memcmp(option->name, text, length) == 0)
                return option;
    return NULL;
}

static const char *without_dashes(const char *name)
{
    return name + strspn(name, "-");
}

/* The usage error; only the name is repeated: behind it may stand what nobody else is to see. */
static int unknown(struct ctl *ctl, const struct ctl_option *const tables[], const char *text, int length)
{
    const char *near = NULL;
    int distance = MISTYPED_FAR;
    char typed[64];

    snprintf(typed, sizeof(typed), "%.*s", length, text);
    for (; *tables; tables++)
        for (const struct ctl_option *option = *tables; option->name; option++)
            if (option->kind != CTL_SURPLUS &&
                mistyped_is_nearer(without_dashes(typed), without_dashes(option->name), &distance))
                near = option->name;
    /* A token may begin with a dash. */
    if (!near && ctl_could_be_token(typed))
        return ctl_usage(ctl, "There is no such option.");
    if (near)
        return ctl_usage(ctl, "There is no option %.*s. Did you mean %s?", length, text, near);
    return ctl_usage(ctl, "There is no option %.*s.", length, text);
}

static bool wrong(struct ctl *ctl, int exit_code)
{
    ctl->exit_code = exit_code;
    return false;
}

bool ctl_parse_option(struct ctl *ctl, const struct ctl_option *const tables[], int argc, char **argv, int *i)
{
    const char *text = argv[(*i)++];
    const char *equals = strncmp(text, "--", 2) == 0 ? strchr(text, '=') : NULL;
    int length = (int)(equals ? (size_t)(equals - text) : strlen(text));
    const struct ctl_option *option = find(tables, text, (size_t)length);

    if (!option)
        return wrong(ctl, unknown(ctl, tables, text, length));

    switch (option->kind) {
    case CTL_FLAG:
        if (equals)
            return wrong(ctl, ctl_usage(ctl, "The option %s takes no value.", option->name));
        *(bool *)option->value = true;
        return true;
    case CTL_VALUE:
    case CTL_TEXT:
        if (!equals && *i >= argc)
            return wrong(ctl, ctl_usage(ctl, "The option %s needs a value.", option->name));
        text = equals ? equals + 1 : argv[(*i)++];
        if (option->kind == CTL_VALUE && !*text)
            return wrong(ctl, ctl_usage(ctl, "The value of the option %s is empty.", option->name));
        *(const char **)option->value = text;
        return true;
    case CTL_OPTIONAL_VALUE:
        *(const char **)option->value = equals ? equals + 1 : "";
        return true;
    case CTL_SURPLUS:
        return wrong(ctl, ctl_usage(ctl, "%s", ctl->verb->surplus));
    }
    return false;
}

void ctl_common_options(struct ctl *ctl, bool *help, struct ctl_option options[4])
{
    options[0] = (struct ctl_option){ "--json", CTL_FLAG, &ctl->json };
    options[1] = (struct ctl_option){ "--socket", CTL_VALUE, &ctl->socket_path };
    options[2] = (struct ctl_option){ "--help", CTL_FLAG, help };
    options[3] = (struct ctl_option){ 0 };
}

bool ctl_parse(struct ctl *ctl, const struct ctl_option *options, int argc, char **argv,
    const char *words[CTL_WORDS_MAX])
{
    const struct ctl_verb *verb = ctl->verb;
    struct ctl_option common[4];
    bool help = false, only_words = false;
    int n = 0, i = 1;

    ctl_common_options(ctl, &help, common);
    /* The console has its own way to help, and its socket and form of output are settled. */
    const struct ctl_option *const tables[] = { ctl->console ? common + 3 : common, options, NULL };
    memset(words, 0, CTL_WORDS_MAX * sizeof(*words));

    while (i < argc) {
        if (!only_words && argv[i][0] == '-' && argv[i][1]) {
            if (streq(argv[i], "--")) {
                only_words = true;
                i++;
            } else if (!ctl_parse_option(ctl, tables, argc, argv, &i))
                return false;
            continue;
        }
        if (n >= verb->max_words)
            return wrong(
                ctl, ctl_usage(ctl, "%s", verb->surplus ? verb->surplus : "There are too many words."));
        if (!*argv[i])
            return wrong(ctl, ctl_usage(ctl, "%s needs %s, not an empty word.", verb->name, verb->arguments));
        words[n++] = argv[i++];
    }

    if (help) {
        ctl_help_verb(verb);
        return wrong(ctl, 0);
    }
    if (n < verb->min_words)
        return wrong(ctl, ctl_usage(ctl, "%s needs %s.", verb->name, verb->arguments));
    return true;
}

int ctl_parse_seconds(const char *text, int fallback, int *ret_seconds)
{
    char *end;

    if (!*text) {
        *ret_seconds = fallback;
        return 0;
    }
    errno = 0;
    long seconds = strtol(text, &end, 10);
    if (errno || *end || strspn(text, "0123456789") != strlen(text) || seconds > CTL_SECONDS_MAX)
        return -EINVAL;
    *ret_seconds = (int)seconds;
    return 0;
}
