#include "daemon/config/value.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "daemon/config/credential.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

enum {
    LIST_TEXT_MAX = 256, /* as much as the worker accepts */
};

const char *config_describe_allowed(const struct config_key *key, char *out, size_t size)
{
    switch (key->type) {
    case CONFIG_STRING:
    case CONFIG_CONTENTS:
        snprintf(out, size, "%s of at most %g bytes", key->allowed, key->max);
        break;
    case CONFIG_STRINGS:
        snprintf(out, size, "a list of at most %g %s", key->max, key->allowed);
        break;
    case CONFIG_BOOL:
        snprintf(out, size, "true or false");
        break;
    case CONFIG_INT:
        snprintf(out, size, "an integer from %.0f to %.0f", key->min, key->max);
        break;
    case CONFIG_DURATION:
        snprintf(out, size, "a number of seconds from %g to %g", key->min, key->max);
        break;
    case CONFIG_FRACTION:
        snprintf(out, size, "a number from %g to %g", key->min, key->max);
        break;
    case CONFIG_MODE:
        snprintf(out, size, "an octal mode from \"0000\" to \"0777\"");
        break;
    case CONFIG_CHOICE:
    case CONFIG_LEVEL: {
        size_t used = (size_t)snprintf(out, size, "one of");

        for (const char *const *choice = key->choices; *choice && used < size; choice++)
            used += (size_t)snprintf(out + used, size - used, " \"%s\"%s", *choice, choice[1] ? "," : "");
        break;
    }
    }
    return out;
}

static bool is_allowed_text(const struct config_key *key, const char *text, double min, double max)
{
    size_t length = strlen(text);

    return (double)length >= min && (double)length <= max && (!key->valid || key->valid(text));
}

static int set_text(const struct config_key *key, const char *text, void *base)
{
    char **place = (char **)((char *)base + key->offset);
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return -ENOMEM;
    free(*place);
    *place = copy;
    return 0;
}

static int set_number(const struct config_key *key, double number, void *base)
{
    void *place = (char *)base + key->offset;

    if (!(number >= key->min && number <= key->max))
        return -EINVAL;
    if (key->type == CONFIG_DURATION)
        *(uint64_t *)place = (uint64_t)(number * (double)USEC_PER_SEC + 0.5);
    else if (key->type == CONFIG_INT)
        *(int64_t *)place = (int64_t)number;
    else if (key->type == CONFIG_BOOL)
        *(bool *)place = number != 0;
    else if (key->type == CONFIG_MODE)
        *(mode_t *)place = (mode_t)number;
    else
        *(double *)place = number;
    return 0;
}

static void free_strings(char **texts)
{
    for (size_t i = 0; texts && texts[i]; i++)
        free(texts[i]);
    free(texts);
}

static bool is_list(const config_setting_t *setting)
{
    int type = config_setting_type(setting);

    return type == CONFIG_TYPE_LIST || type == CONFIG_TYPE_ARRAY;
}

/* Returns the index of the first element that is not allowed, -1 if all are. */
static int find_bad_string(const struct config_key *key, const config_setting_t *setting)
{
    for (int i = 0; i < config_setting_length(setting); i++) {
        const char *text = config_setting_get_string_elem(setting, i);
        if (!text || !is_allowed_text(key, text, 1, LIST_TEXT_MAX))
            return i;
    }
    return -1;
}

static const char *describe_setting(const config_setting_t *setting, bool secret, char *out, size_t size)
{
    char text[160];

    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        snprintf(out, size, "the integer %lld", config_setting_get_int64(setting));
        break;
    case CONFIG_TYPE_FLOAT:
        snprintf(out, size, "the number %g", config_setting_get_float(setting));
        break;
    case CONFIG_TYPE_BOOL:
        snprintf(out, size, "%s", config_setting_get_bool(setting) ? "true" : "false");
        break;
    case CONFIG_TYPE_STRING:
        if (secret)
            snprintf(out, size, "a text that is not shown here");
        else
            snprintf(
                out, size, "\"%s\"", escape_text(config_setting_get_string(setting), text, sizeof(text)));
        break;
    case CONFIG_TYPE_GROUP:
        snprintf(out, size, "a group");
        break;
    case CONFIG_TYPE_LIST:
    case CONFIG_TYPE_ARRAY:
        snprintf(out, size, "a list");
        break;
    default:
        snprintf(out, size, "nothing");
    }
    return out;
}

const char *config_describe_found(
    const struct config_key *key, const config_setting_t *setting, char *out, size_t size)
{
    char element[200];
    int bad = key && key->type == CONFIG_STRINGS && is_list(setting) ? find_bad_string(key, setting) : -1;

    if (bad < 0)
        return describe_setting(setting, key && key->secret, out, size);
    snprintf(out, size, "%s as element %d",
        describe_setting(
            config_setting_get_elem(setting, (unsigned)bad), key->secret, element, sizeof(element)),
        bad + 1);
    return out;
}

const config_setting_t *config_find_mistake(const struct config_key *key, const config_setting_t *setting)
{
    int bad = key->type == CONFIG_STRINGS && is_list(setting) ? find_bad_string(key, setting) : -1;

    return bad < 0 ? setting : config_setting_get_elem(setting, (unsigned)bad);
}

static int read_strings(const struct config_key *key, const config_setting_t *setting, void *base)
{
    char ***place = (char ***)((char *)base + key->offset);
    int n = config_setting_length(setting);

    if (!is_list(setting) || n > key->max || find_bad_string(key, setting) >= 0)
        return -EINVAL;

    free_strings(*place);
    char **texts = *place = calloc((size_t)n + 1, sizeof(char *));
    for (int i = 0; texts && i < n; i++)
        if (!(texts[i] = strdup(config_setting_get_string_elem(setting, i))))
            return -ENOMEM;
    return texts ? 0 : -ENOMEM;
}

static int read_contents(const struct config_key *key, const char *place, void *base)
{
    char **contents = (char **)((char *)base + key->offset), *text = NULL;

    int r = credential_read(place, (size_t)key->max, &text);
    if (r < 0)
        return r;
    erase_free(*contents);
    *contents = text;
    return 0;
}

static int read_mode(const struct config_key *key, const char *text, void *base)
{
    if (strlen(text) == 0 || strlen(text) > 4 || strspn(text, "01234567") != strlen(text))
        return -EINVAL;
    return set_number(key, (double)strtoul(text, NULL, 8), base);
}

static int read_level(const struct config_key *key, const char *text, void *base)
{
    int level = log_level_from_string(text);

    if (level < 0)
        return -EINVAL;
    *(int *)((char *)base + key->offset) = level;
    return 0;
}

static int read_choice(const struct config_key *key, const char *text, void *base)
{
    for (const char *const *choice = key->choices; *choice; choice++)
        if (streq(*choice, text))
            return set_text(key, text, base);
    return -EINVAL;
}

static int read_number(
    const struct config_key *key, const config_setting_t *setting, bool integer, void *base)
{
    int type = config_setting_type(setting);

    if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64)
        return set_number(key, (double)config_setting_get_int64(setting), base);
    if (type == CONFIG_TYPE_FLOAT && !integer)
        return set_number(key, config_setting_get_float(setting), base);
    return -EINVAL;
}

int config_read_value(const struct config_key *key, const config_setting_t *setting, void *base)
{
    int type = config_setting_type(setting);
    const char *text = type == CONFIG_TYPE_STRING ? config_setting_get_string(setting) : NULL;

    switch (key->type) {
    case CONFIG_STRINGS:
        return read_strings(key, setting, base);
    case CONFIG_BOOL:
        return type == CONFIG_TYPE_BOOL ? set_number(key, config_setting_get_bool(setting), base) : -EINVAL;
    case CONFIG_INT:
        return read_number(key, setting, true, base);
    case CONFIG_DURATION:
    case CONFIG_FRACTION:
        return read_number(key, setting, false, base);
    case CONFIG_STRING:
        return text && is_allowed_text(key, text, key->min, key->max) ? set_text(key, text, base) : -EINVAL;
    case CONFIG_CONTENTS:
        if (!text || !is_allowed_text(key, text, 0, PATH_MAX))
            return -EINVAL;
        return *text ? read_contents(key, text, base) : 0;
    case CONFIG_CHOICE:
        return text ? read_choice(key, text, base) : -EINVAL;
    case CONFIG_MODE:
        return text ? read_mode(key, text, base) : -EINVAL;
    case CONFIG_LEVEL:
        return text ? read_level(key, text, base) : -EINVAL;
    }
    return -EINVAL;
}

int config_set_defaults(const struct config_key *schema, void *base)
{
    int r = 0;

    for (const struct config_key *key = schema; key->path && r >= 0; key++) {
        void *place = (char *)base + key->offset;

        if (key->type == CONFIG_STRING || key->type == CONFIG_CHOICE)
            r = set_text(key, key->fallback, base);
        else if (key->type == CONFIG_LEVEL)
            *(int *)place = (int)key->number;
        else if (key->type == CONFIG_CONTENTS)
            continue;
        else if (key->type == CONFIG_STRINGS)
            r = (*(char ***)place = calloc(1, sizeof(char *))) ? 0 : -ENOMEM;
        else
            r = set_number(key, key->number, base);
    }
    return r;
}

void config_free_values(const struct config_key *schema, void *base)
{
    for (const struct config_key *key = schema; key->path; key++) {
        void *place = (char *)base + key->offset;

        if (key->type == CONFIG_STRING || key->type == CONFIG_CHOICE)
            free(*(char **)place);
        else if (key->type == CONFIG_CONTENTS)
            erase_free(*(char **)place);
        else if (key->type == CONFIG_STRINGS)
            free_strings(*(char ***)place);
    }
}
