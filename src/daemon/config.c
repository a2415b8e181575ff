#include "config.h"

#include "log.h"
#include "memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    FILE_SIZE_MAX = 1024 * 1024,
    SERVERS_MAX = 32,
};

struct reader {
    const char *path;
    config_report report;
    void *userdata;
    bool failed;
};

static void complain(struct reader *reader, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct reader *reader, int line, const char *format, ...)
{
    char text[1024], whole[1400], place[16] = "";
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (line > 0)
        snprintf(place, sizeof(place), "%d:", line);
    snprintf(whole, sizeof(whole), "%s:%s %s", reader->path, place, text);
    reader->report(reader->userdata, whole);
    reader->failed = true;
}

/* What a key takes, as it is said in a message. */
static const char *describe_allowed(const struct config_key *key, char *out, size_t size)
{
    switch (key->type) {
    case CONFIG_STRING:
        snprintf(out, size, "%s of at most %g characters", key->allowed, key->max);
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

/* What stands in the file, as it is said in a message. */
static const char *describe_found(const config_setting_t *setting, bool secret, char *out, size_t size)
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
            snprintf(out, size, "another text");
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

static bool good_text(const struct config_key *key, const char *text, double min, double max)
{
    size_t length = strlen(text);

    return (double)length >= min && (double)length <= max && (!key->valid || key->valid(text));
}

/* Sets a value by its key; NULL text stays NULL. False if the text is not allowed. */
static bool set_text(const struct config_key *key, const char *text, void *base, bool *ret_no_memory)
{
    char **place = (char **)((char *)base + key->offset);

    free(*place);
    *place = text ? strdup(text) : NULL;
    if (text && !*place)
        *ret_no_memory = true;
    return true;
}

static bool set_number(const struct config_key *key, double number, void *base)
{
    void *place = (char *)base + key->offset;

    if (!(number >= key->min && number <= key->max))
        return false;
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
    return true;
}

static bool read_strings(
    const struct config_key *key, const config_setting_t *setting, void *base, bool *ret_no_memory)
{
    int type = config_setting_type(setting), n = config_setting_length(setting);

    if ((type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY) || n > key->max)
        return false;
    for (int i = 0; i < n; i++) {
        const char *text = config_setting_get_string_elem(setting, i);
        if (!text || !good_text(key, text, 1, 1024))
            return false;
    }

    char **texts = calloc((size_t)n + 1, sizeof(char *));
    *(char ***)((char *)base + key->offset) = texts;
    if (!texts)
        *ret_no_memory = true;
    for (int i = 0; texts && i < n; i++)
        if (!(texts[i] = strdup(config_setting_get_string_elem(setting, i))))
            *ret_no_memory = true;
    return true;
}

static bool read_text(
    const struct config_key *key, const config_setting_t *setting, void *base, bool *ret_no_memory)
{
    const char *text = config_setting_get_string(setting);
    char *end;

    if (!text)
        return false;

    switch (key->type) {
    case CONFIG_MODE: {
        unsigned long mode = strtoul(text, &end, 8);
        return *text >= '0' && *text <= '7' && !*end && strlen(text) <= 4 &&
               set_number(key, (double)mode, base);
    }
    case CONFIG_LEVEL: {
        int level = log_level_from_string(text);
        if (level >= 0)
            *(int *)((char *)base + key->offset) = level;
        return level >= 0;
    }
    case CONFIG_CHOICE:
        for (const char *const *choice = key->choices; *choice; choice++)
            if (streq(*choice, text))
                return set_text(key, text, base, ret_no_memory);
        return false;
    case CONFIG_STRING:
        return good_text(key, text, key->min, key->max) && set_text(key, text, base, ret_no_memory);
    case CONFIG_STRINGS:
    case CONFIG_BOOL:
    case CONFIG_INT:
    case CONFIG_DURATION:
    case CONFIG_FRACTION:
        break;
    }
    return false;
}

static bool read_value(
    const struct config_key *key, const config_setting_t *setting, void *base, bool *ret_no_memory)
{
    int type = config_setting_type(setting);

    switch (key->type) {
    case CONFIG_STRINGS:
        return read_strings(key, setting, base, ret_no_memory);
    case CONFIG_BOOL:
        return type == CONFIG_TYPE_BOOL && set_number(key, config_setting_get_bool(setting), base);
    case CONFIG_INT:
        return (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) &&
               set_number(key, (double)config_setting_get_int64(setting), base);
    case CONFIG_DURATION:
    case CONFIG_FRACTION:
        if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64)
            return set_number(key, (double)config_setting_get_int64(setting), base);
        return type == CONFIG_TYPE_FLOAT && set_number(key, config_setting_get_float(setting), base);
    case CONFIG_STRING:
    case CONFIG_CHOICE:
    case CONFIG_MODE:
    case CONFIG_LEVEL:
        return read_text(key, setting, base, ret_no_memory);
    }
    return false;
}

static int set_defaults(const struct config_key *schema, void *base)
{
    bool no_memory = false;

    for (const struct config_key *key = schema; key->path; key++) {
        void *place = (char *)base + key->offset;

        if (key->type == CONFIG_STRING || key->type == CONFIG_CHOICE)
            set_text(key, key->fallback, base, &no_memory);
        else if (key->type == CONFIG_LEVEL)
            *(int *)place = (int)key->number;
        else if (key->type == CONFIG_STRINGS)
            no_memory |= !(*(char ***)place = calloc(1, sizeof(char *)));
        else
            set_number(key, key->number, base);
    }
    return no_memory ? -ENOMEM : 0;
}

/* Lists the keys of a group ("" for the groups themselves) for the message about an unknown one. */
static const char *list_keys(const struct config_key *schema, const char *prefix, char *out, size_t size)
{
    size_t used = 0, length = strlen(prefix);
    const char *last = "";
    size_t last_length = 0;

    out[0] = 0;
    for (const struct config_key *key = schema; key->path; key++) {
        if (strncmp(key->path, prefix, length) != 0)
            continue;
        const char *name = key->path + length;
        size_t n = strcspn(name, ".");
        if (n == last_length && strncmp(name, last, n) == 0)
            continue;
        last = name;
        last_length = n;
        if (used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? ", " : "", (int)n, name);
    }
    return out;
}

/* Reads each member of a group by the schema; shown is how the group is called in messages. */
static int read_group(struct reader *reader, const config_setting_t *group, const struct config_key *schema,
    const char *prefix, const char *shown, void *base)
{
    char path[128], found[256], allowed[512];
    bool no_memory = false;

    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(setting);
        int line = (int)config_setting_source_line(setting);
        const struct config_key *key = schema;

        snprintf(path, sizeof(path), "%s%s", prefix, name);
        while (key->path && !streq(key->path, path))
            key++;

        if (!key->path)
            complain(reader, line, "%s%.64s: found an unknown key, allowed are %s", shown, name,
                list_keys(schema, prefix, allowed, sizeof(allowed)));
        else if (!read_value(key, setting, base, &no_memory))
            complain(reader, line, "%s%s: found %s, allowed is %s", shown, name,
                describe_found(setting, key->secret, found, sizeof(found)),
                describe_allowed(key, allowed, sizeof(allowed)));
    }
    return no_memory ? -ENOMEM : 0;
}

static struct server *add_server(struct config *config)
{
    struct server *servers = reallocarray(config->servers, config->n_servers + 1, sizeof(struct server));

    if (!servers)
        return NULL;
    config->servers = servers;
    servers[config->n_servers] = (struct server){ 0 };
    return &servers[config->n_servers++];
}

static int read_servers(struct reader *reader, const config_setting_t *list, struct config *config)
{
    char found[256];

    if (config_setting_type(list) != CONFIG_TYPE_LIST || config_setting_length(list) < 1 ||
        config_setting_length(list) > SERVERS_MAX) {
        complain(reader, (int)config_setting_source_line(list),
            "servers: found %s, allowed is a list ( ... ) of 1 to %d groups",
            config_setting_length(list) ? describe_found(list, false, found, sizeof(found)) : "an empty list",
            SERVERS_MAX);
        return 0;
    }

    for (int i = 0; i < config_setting_length(list); i++) {
        const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);
        int line = (int)config_setting_source_line(group);
        char shown[32];
        struct server *server = add_server(config);

        if (!server || set_defaults(config_server_schema, server) < 0)
            return -ENOMEM;
        snprintf(shown, sizeof(shown), "servers[%d].", i + 1);
        if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
            complain(reader, line, "servers[%d]: found %s, allowed is a group { ... }", i + 1,
                describe_found(group, false, found, sizeof(found)));
            continue;
        }
        if (read_group(reader, group, config_server_schema, "", shown, server) < 0)
            return -ENOMEM;
        if (!server->label && !config_setting_get_member(group, "label"))
            complain(reader, line, "%slabel: found nothing, it is required", shown);
        if (!server->fqdn && !config_setting_get_member(group, "fqdn"))
            complain(reader, line, "%sfqdn: found nothing, it is required", shown);
        for (size_t k = 0; server->label && k + 1 < config->n_servers; k++)
            if (config->servers[k].label && strcasecmp(config->servers[k].label, server->label) == 0)
                complain(reader, line, "%slabel: found \"%s\" a second time, allowed is each label once",
                    shown, server->label);
    }
    return 0;
}

static int read_root(struct reader *reader, const config_setting_t *root, struct config *config)
{
    char prefix[128], found[256], allowed[256];
    int r = 0;

    for (int i = 0; i < config_setting_length(root) && r >= 0; i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        const char *name = config_setting_name(setting);
        int line = (int)config_setting_source_line(setting);
        const struct config_key *key = config_schema;

        if (streq(name, "servers")) {
            r = read_servers(reader, setting, config);
            continue;
        }
        snprintf(prefix, sizeof(prefix), "%s.", name);
        while (key->path && strncmp(key->path, prefix, strlen(prefix)) != 0)
            key++;
        if (!key->path)
            complain(reader, line, "%.64s: found an unknown key, allowed are servers, %s", name,
                list_keys(config_schema, "", allowed, sizeof(allowed)));
        else if (config_setting_type(setting) != CONFIG_TYPE_GROUP)
            complain(reader, line, "%s: found %s, allowed is a group { ... }", name,
                describe_found(setting, false, found, sizeof(found)));
        else
            r = read_group(reader, setting, config_schema, prefix, prefix, config);
    }
    return r;
}

static int use_default_servers(struct config *config)
{
    for (size_t i = 0; i < config_n_default_servers; i++) {
        struct server *server = add_server(config);

        if (!server)
            return -ENOMEM;
        server->label = strdup(config_default_servers[i].label);
        server->fqdn = strdup(config_default_servers[i].fqdn);
        server->supported = config_default_servers[i].supported;
        if (!server->label || !server->fqdn)
            return -ENOMEM;
    }
    return 0;
}

/* Reads the password's first line: 0, or a complaint. */
static void read_password(struct reader *reader, struct config *config)
{
    char line[512] = "";

    if (!*config->proxy_password_file)
        return;

    FILE *file = fopen(config->proxy_password_file, "re");
    if (!file || !fgets(line, sizeof(line), file))
        complain(reader, 0, "network.proxy_password_file: can't read a line of %s: %s",
            config->proxy_password_file, file ? "it is empty" : strerror(errno));
    if (file) {
        setvbuf(file, NULL, _IONBF, 0);
        fclose(file);
    }
    line[strcspn(line, "\r\n")] = 0;
    config->proxy_password = strdup(line);
    explicit_bzero(line, sizeof(line));
}

/* What no single key can tell. */
static void check_whole(struct reader *reader, struct config *config)
{
    const struct server *server = config_find_server(config, config->default_server);

    if (!server || strcasecmp(server->label, config->default_server) != 0 || !server->supported)
        complain(reader, 0, "settings.server: found \"%s\", allowed is the label of a supported server",
            config->default_server);
    if (config->backoff_cap < config->backoff_initial)
        complain(reader, 0, "timing.backoff_cap: found less than timing.backoff_initial, allowed is more");
    if (!*config->ca_bundle && !*config->ca_file)
        complain(reader, 0, "network.ca_bundle: found nothing here nor in network.ca_file, one is required");
    read_password(reader, config);
}

static FILE *open_file(struct reader *reader)
{
    struct stat st;
    FILE *file = fopen(reader->path, "re");

    if (!file || fstat(fileno(file), &st) < 0)
        complain(reader, 0, "can't open the configuration: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        complain(reader, 0, "the configuration is not a regular file");
    else if (st.st_size > FILE_SIZE_MAX)
        complain(reader, 0, "found %lld bytes, allowed are %d", (long long)st.st_size, FILE_SIZE_MAX);
    else
        return file;

    if (file)
        fclose(file);
    return NULL;
}

static void config_freep(struct config **config)
{
    config_free(*config);
}

int config_load(const char *path, config_report report, void *userdata, struct config **ret)
{
    _cleanup_(config_freep) struct config *config = calloc(1, sizeof(*config));
    struct reader reader = { .path = path, .report = report, .userdata = userdata };
    config_t file;
    int r;

    if (!config || set_defaults(config_schema, config) < 0)
        return -ENOMEM;

    FILE *stream = open_file(&reader);
    if (!stream)
        return -EINVAL;

    config_init(&file);
    if (config_read(&file, stream)) {
        r = read_root(&reader, config_root_setting(&file), config);
        if (r >= 0 && !reader.failed && config->n_servers == 0)
            r = use_default_servers(config);
    } else {
        complain(&reader, config_error_line(&file), "%s", config_error_text(&file));
        r = -EINVAL;
    }
    config_destroy(&file);
    fclose(stream);
    if (r >= 0 && !reader.failed)
        check_whole(&reader, config);

    if (r < 0 || reader.failed)
        return r < 0 ? r : -EINVAL;
    *ret = TAKE_PTR(config);
    return 0;
}

static void free_keys(const struct config_key *schema, void *base)
{
    for (const struct config_key *key = schema; key->path; key++) {
        void *place = (char *)base + key->offset;

        if (key->type == CONFIG_STRING || key->type == CONFIG_CHOICE)
            free(*(char **)place);
        else if (key->type == CONFIG_STRINGS) {
            char **texts = *(char ***)place;
            for (size_t i = 0; texts && texts[i]; i++)
                free(texts[i]);
            free(texts);
        }
    }
}

struct config *config_free(struct config *config)
{
    if (!config)
        return NULL;

    free_keys(config_schema, config);
    for (size_t i = 0; i < config->n_servers; i++)
        free_keys(config_server_schema, &config->servers[i]);
    free(config->servers);
    erase_free(config->proxy_password);
    free(config);
    return NULL;
}

const struct server *config_find_server(const struct config *config, const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);

    if (*name >= '0' && *name <= '9' && !*end)
        return number >= 1 && number <= config->n_servers ? &config->servers[number - 1] : NULL;
    for (size_t i = 0; i < config->n_servers; i++)
        if (strcasecmp(config->servers[i].label, name) == 0 || strcasecmp(config->servers[i].fqdn, name) == 0)
            return &config->servers[i];
    return NULL;
}

int config_server_number(const struct config *config, const struct server *server)
{
    return (int)(server - config->servers) + 1;
}
