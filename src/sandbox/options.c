#include "sandbox/options.h"

#include "common/memory.h"
#include "sandbox/faults/check.h"
#include "sandbox/faults/kinds.h"
#include "sandbox/faults/preset.h"

#include <errno.h>
#include <string.h>

#define VERB_ALL (VERB_SERVE | VERB_TOKEN | VERB_DEVICES | VERB_REMOVE | VERB_FAULT)
#define CENTURY (100LL * 365 * 86400)

enum option_type { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER };

struct option_row {
    const char *name;
    unsigned verbs;
    enum option_type type;
    size_t offset;
    int64_t maximum; /* of a number; the minimum is 1 */
};

#define FIELD(f) offsetof(struct options, f)

static const struct option_row rows[] = {
    { "directory", VERB_ALL, OPTION_TEXT, FIELD(directory), 0 },
    { "help", VERB_ALL, OPTION_FLAG, FIELD(help), 0 },
    { "version", VERB_ALL, OPTION_FLAG, FIELD(version), 0 },
    { "port", VERB_SERVE, OPTION_NUMBER, FIELD(settings.port), 65535 },
    { "certificate-validity", VERB_SERVE, OPTION_NUMBER, FIELD(settings.certificate_validity), CENTURY },
    { "ca-validity", VERB_SERVE, OPTION_NUMBER, FIELD(settings.ca_validity), CENTURY },
    { "token-validity", VERB_SERVE, OPTION_NUMBER, FIELD(settings.token_validity), CENTURY },
    { "refresh-interval", VERB_SERVE, OPTION_NUMBER, FIELD(settings.refresh_interval), CENTURY },
    { "lifetime", VERB_SERVE, OPTION_NUMBER, FIELD(settings.lifetime), CENTURY },
    { "device-ca", VERB_SERVE, OPTION_TEXT, FIELD(settings.device_ca), 0 },
    { "enrollment", VERB_SERVE, OPTION_TEXT, FIELD(enrollment), 0 },
    { "est-like", VERB_SERVE, OPTION_TEXT, FIELD(est_like), 0 },
    { "log-file", VERB_SERVE, OPTION_TEXT, FIELD(log_file), 0 },
    { "region", VERB_TOKEN, OPTION_TEXT, FIELD(region), 0 },
    { "expired", VERB_TOKEN, OPTION_FLAG, FIELD(expired), 0 },
    { "json", VERB_TOKEN | VERB_DEVICES | VERB_FAULT, OPTION_FLAG, FIELD(json), 0 },
    { "times", VERB_FAULT, OPTION_NUMBER, FIELD(times), INT32_MAX },
    { "retry-after", VERB_FAULT, OPTION_TEXT, FIELD(retry_after), 0 },
    { "code", VERB_FAULT, OPTION_TEXT, FIELD(code), 0 },
};

static const struct {
    const char *name;
    enum verb verb;
    int minimum, maximum; /* operands */
    const char *operands;
} verbs[] = {
    { "token", VERB_TOKEN, 0, 0, "" },
    { "devices", VERB_DEVICES, 0, 0, "" },
    { "remove", VERB_REMOVE, 1, 1, "GUID" },
    { "fault", VERB_FAULT, 1, 4, "set ENDPOINT KIND [VALUE] | preset NAME | list | clear [ENDPOINT]" },
};

static const struct option_row *find_row(const char *name, size_t length)
{
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0)
            return &rows[i];
    return NULL;
}

static int parse_number(const struct option_row *row, const char *text, int64_t *ret)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 1 || value > row->maximum) {
        fprintf(stderr, "trsandbox: --%s takes a number from 1 to %lld, not \"%s\"\n", row->name,
            (long long)row->maximum, text);
        return -EINVAL;
    }
    *ret = value;
    return 0;
}

/* Returns the number of arguments that the option used, or -EINVAL. */
static int parse_option(char **argv, struct options *options)
{
    const char *name = argv[0] + 2, *equals = strchr(name, '='), *value = equals ? equals + 1 : argv[1];
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_row *row = find_row(name, length);
    void *field;

    if (!row || !(row->verbs & options->verb)) {
        fprintf(stderr, "trsandbox: --%.*s is not an option%s; see trsandbox --help\n", (int)length, name,
            row ? " of this verb" : "");
        return -EINVAL;
    }
    field = (char *)options + row->offset;
    if (row->type == OPTION_FLAG) {
        if (equals) {
            fprintf(stderr, "trsandbox: --%s takes no value\n", row->name);
            return -EINVAL;
        }
        *(bool *)field = true;
        return 1;
    }
    if (!value || *value == '\0') {
        fprintf(stderr, "trsandbox: --%s needs a value\n", row->name);
        return -EINVAL;
    }
    if (row->type == OPTION_TEXT)
        *(const char **)field = value;
    else if (parse_number(row, value, field) < 0)
        return -EINVAL;
    return equals ? 1 : 2;
}

static int check_options(const struct options *options)
{
    if (options->help || options->version)
        return 0;
    if (!options->directory) {
        fprintf(stderr, "trsandbox: --directory DIR is missing\n");
        return -EINVAL;
    }
    if (options->enrollment && strcmp(options->enrollment, "bearer") != 0 &&
        strcmp(options->enrollment, "basic") != 0) {
        fprintf(stderr, "trsandbox: --enrollment takes bearer or basic, not \"%s\"\n", options->enrollment);
        return -EINVAL;
    }
    if (options->est_like && !preset_find(options->est_like)) {
        fprintf(stderr,
            "trsandbox: --est-like takes one of the presets of trsandbox fault --help, not \"%s\"\n",
            options->est_like);
        return -EINVAL;
    }
    for (size_t i = 0; i < ELEMENTS(verbs); i++)
        if (verbs[i].verb == options->verb &&
            (options->n_operands < verbs[i].minimum || options->n_operands > verbs[i].maximum)) {
            fprintf(stderr, "trsandbox: usage: trsandbox %s --directory DIR %s\n", verbs[i].name,
                verbs[i].operands);
            return -EINVAL;
        }
    if (options->verb == VERB_SERVE && options->n_operands > 0) {
        fprintf(stderr, "trsandbox: unexpected argument \"%s\"\n", options->operands[0]);
        return -EINVAL;
    }
    return 0;
}

int options_parse(int argc, char **argv, struct options *ret)
{
    struct options options = { .verb = VERB_SERVE, .region = "EUROPE", .settings = SETTINGS_DEFAULT };
    bool only_operands = false;
    int i = 1, r;

    if (argc > 1 && argv[1][0] != '-') {
        for (size_t j = 0; j < ELEMENTS(verbs); j++)
            if (strcmp(verbs[j].name, argv[1]) == 0)
                options.verb = verbs[j].verb;
        if (options.verb == VERB_SERVE) {
            fprintf(stderr, "trsandbox: there is no verb %s; see trsandbox --help\n", argv[1]);
            return -EINVAL;
        }
        i = 2;
    }
    while (i < argc) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
            i++;
        } else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
            r = parse_option(argv + i, &options);
            if (r < 0)
                return r;
            i += r;
        } else if (options.n_operands == OPERANDS) {
            fprintf(stderr, "trsandbox: unexpected argument \"%s\"\n", argv[i]);
            return -EINVAL;
        } else {
            options.operands[options.n_operands++] = argv[i++];
        }
    }
    r = check_options(&options);
    if (r < 0)
        return r;
    options.settings.basic = options.enrollment && strcmp(options.enrollment, "basic") == 0;
    *ret = options;
    return 0;
}

static void print_kind(FILE *file, const struct fault_kind *kind)
{
    static const char *const values[] = { "", "CODE", "SECONDS", "OFFSET", "TEXT", "WORD", "WORD,..." };

    fprintf(file, "  %-12s %-8s %s%s\n", kind->name, values[kind->value], kind->help, kind->words ? ":" : "");
    for (const struct fault_word *word = kind->words; word && word->name; word++)
        fprintf(file, "    %-20s %s\n", word->name, word->help);
}

static void print_fault_usage(FILE *file)
{
    fputs("usage: trsandbox fault --directory DIR set ENDPOINT KIND [VALUE] [--times N]\n"
          "                 [--retry-after WHEN] [--code CODE]\n"
          "       trsandbox fault --directory DIR preset NAME\n"
          "       trsandbox fault --directory DIR list [--json]\n"
          "       trsandbox fault --directory DIR clear [ENDPOINT]\n"
          "\n"
          "ENDPOINT: tls:HOST",
        file);
    for (size_t i = 0; fault_endpoint_at(i); i++)
        fprintf(file, "%s%s", i == 6 ? "\n          " : " ", fault_endpoint_at(i));
    fputs("\nKIND:\n", file);
    for (size_t i = 0; fault_kind_at(i); i++)
        print_kind(file, fault_kind_at(i));
    fputs("preset NAME:\n", file);
    for (size_t i = 0; preset_at(i); i++)
        fprintf(file, "  %-12s %s\n", preset_at(i)->name, preset_at(i)->help);
}

void options_print_usage(const struct options *options, FILE *file)
{
    if (options->verb == VERB_FAULT) {
        print_fault_usage(file);
        return;
    }
    fputs("usage: trsandbox --directory DIR [--port N] [--certificate-validity SECONDS] [--ca-validity "
          "SECONDS]\n"
          "                 [--token-validity SECONDS] [--refresh-interval SECONDS] [--enrollment "
          "bearer|basic]\n"
          "                 [--est-like NAME] [--device-ca FILE] [--lifetime SECONDS] [--log-file FILE]\n"
          "       trsandbox token --directory DIR [--region LABEL] [--expired] [--json]\n"
          "       trsandbox devices --directory DIR [--json]\n"
          "       trsandbox remove --directory DIR GUID\n"
          "       trsandbox fault --help\n"
          "       trsandbox --version\n",
        file);
}
