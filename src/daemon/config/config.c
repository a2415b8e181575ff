#include "daemon/config/config.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/mistyped.h"
#include "common/open-file.h"
#include "common/utf8.h"
#include "daemon/config/owners.h"
#include "daemon/config/pem.h"
#include "daemon/config/reader.h"
#include "daemon/config/surroundings.h"
#include "daemon/config/text.h"
#include "daemon/config/value.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    SERVERS_MAX = 32,
};

/* The names that are allowed in a group, and the one that is nearest to a mistyped name. */
struct names {
    const char *typed;
    char all[512], near[64], last[64];
    size_t used;
    int distance;
};

static void add_name(struct names *names, const char *name)
{
    /* The keys of a group follow each other in the table: its name is added once. */
    if (streq(name, names->last))
        return;
    snprintf(names->last, sizeof(names->last), "%s", name);
    if (names->used < sizeof(names->all))
        names->used += (size_t)snprintf(names->all + names->used, sizeof(names->all) - names->used, "%s%s",
            names->used ? ", " : "", name);
    if (mistyped_is_nearer(names->typed, name, &names->distance))
        snprintf(names->near, sizeof(names->near), "%s", name);
}

/* Reports a name that is unknown below a prefix ("" for the groups themselves); shown is the group's name in
 * messages. */
static void report_unknown_key(struct config_reader *reader, const config_setting_t *setting,
    const struct config_key *schema, const char *prefix, const char *shown)
{
    struct names names = { .typed = config_setting_name(setting), .distance = MISTYPED_FAR };
    size_t length = strlen(prefix);

    if (schema == config_schema && !*prefix)
        add_name(&names, "servers");
    for (const struct config_key *key = schema; key->path; key++)
        if (strncmp(key->path, prefix, length) == 0) {
            const char *name = key->path + length;
            char one[64];

            snprintf(one, sizeof(one), "%.*s", (int)strcspn(name, "."), name);
            add_name(&names, one);
        }
    config_report_error(reader, setting, "%s%.64s: found an unknown key, allowed are %s%s%s%s", shown,
        names.typed, names.all, *names.near ? "; did you mean " : "", names.near, *names.near ? "?" : "");
}

/* Reads each member of a group by the schema; shown is the group's name in messages. */
static int read_group(struct config_reader *reader, const config_setting_t *group,
    const struct config_key *schema, const char *prefix, const char *shown, void *base)
{
    char path[128], found[256], allowed[512];
    int r;

    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(setting);
        const struct config_key *key = schema;

        snprintf(path, sizeof(path), "%s%s", prefix, name);
        while (key->path && !streq(key->path, path))
            key++;

        if (!key->path)
            report_unknown_key(reader, setting, schema, prefix, shown);
        else if ((r = config_read_value(key, setting, base)) == -ENOMEM)
            return r;
        else if (r == -ENOKEY && reader->look && reader->look->skip_credentials)
            continue;
        else if (r < 0)
            config_report_error(reader, config_find_mistake(key, setting),
                "%s%s: found %s%s%s%s, allowed is %s", shown, name,
                config_describe_found(key, setting, found, sizeof(found)), r == -EINVAL ? "" : " (",
                r == -EINVAL ? "" : strerror(-r), r == -EINVAL ? "" : ")",
                config_describe_allowed(key, allowed, sizeof(allowed)));
    }
    return 0;
}

static struct region *add_region(struct config *config)
{
    struct region *regions = reallocarray(config->regions, config->n_regions + 1, sizeof(struct region));

    if (!regions)
        return NULL;
    config->regions = regions;
    regions[config->n_regions] = (struct region){ 0 };
    return &regions[config->n_regions++];
}

static int read_servers(struct config_reader *reader, const config_setting_t *list, struct config *config)
{
    char found[256];

    if (config_setting_type(list) != CONFIG_TYPE_LIST || config_setting_length(list) < 1 ||
        config_setting_length(list) > SERVERS_MAX) {
        config_report_error(reader, list, "servers: found %s, allowed is a list ( ... ) of 1 to %d groups",
            config_setting_length(list) || config_setting_type(list) != CONFIG_TYPE_LIST
                ? config_describe_found(NULL, list, found, sizeof(found))
                : "an empty list",
            SERVERS_MAX);
        return 0;
    }

    for (int i = 0; i < config_setting_length(list); i++) {
        const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);
        char shown[32];
        struct region *region = add_region(config);

        if (!region || config_set_defaults(config_region_schema, region) < 0)
            return -ENOMEM;
        snprintf(shown, sizeof(shown), "servers[%d].", i + 1);
        if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
            config_report_error(reader, group, "servers[%d]: found %s, allowed is a group { ... }", i + 1,
                config_describe_found(NULL, group, found, sizeof(found)));
            continue;
        }
        if (read_group(reader, group, config_region_schema, "", shown, region) < 0)
            return -ENOMEM;
        if (!region->label && !config_setting_get_member(group, "label"))
            config_report_error(reader, group, "%slabel: found nothing, it is required", shown);
        if (!region->fqdn && !config_setting_get_member(group, "fqdn"))
            config_report_error(reader, group, "%sfqdn: found nothing, it is required", shown);
        for (size_t k = 0; region->label && k + 1 < config->n_regions; k++)
            if (config->regions[k].label && strcasecmp(config->regions[k].label, region->label) == 0)
                config_report_error(reader, group,
                    "%slabel: found \"%s\" a second time, allowed is each label once", shown, region->label);
    }
    return 0;
}

static int read_root(struct config_reader *reader, const config_setting_t *root, struct config *config)
{
    char prefix[128], found[256];
    int r = 0;

    for (int i = 0; i < config_setting_length(root) && r >= 0; i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        const char *name = config_setting_name(setting);
        const struct config_key *key = config_schema;

        if (streq(name, "servers")) {
            r = read_servers(reader, setting, config);
            continue;
        }
        snprintf(prefix, sizeof(prefix), "%s.", name);
        while (key->path && strncmp(key->path, prefix, strlen(prefix)) != 0)
            key++;
        if (!key->path)
            report_unknown_key(reader, setting, config_schema, "", "");
        else if (config_setting_type(setting) != CONFIG_TYPE_GROUP)
            config_report_error(reader, setting, "%s: found %s, allowed is a group { ... }", name,
                config_describe_found(NULL, setting, found, sizeof(found)));
        else
            r = read_group(reader, setting, config_schema, prefix, prefix, config);
    }
    return r;
}

static int use_default_servers(struct config *config)
{
    for (size_t i = 0; i < config_n_default_regions; i++) {
        struct region *region = add_region(config);

        if (!region)
            return -ENOMEM;
        region->label = strdup(config_default_regions[i].label);
        region->fqdn = strdup(config_default_regions[i].fqdn);
        region->supported = config_default_regions[i].supported;
        if (!region->label || !region->fqdn)
            return -ENOMEM;
    }
    return 0;
}

/* Cuts the contents of a password file to its first line, which must not be empty. */
static void cut_password(struct config_reader *reader, const config_t *file, const char *key, char *password)
{
    const config_setting_t *setting = config_lookup(file, key);
    char *rest = password + strcspn(password, "\r\n");

    explicit_bzero(rest, strlen(rest));
    if (!*password)
        config_report_error(reader, setting,
            "%s: found an empty first line in \"%s\", allowed is a password there", key,
            config_setting_get_string(setting));
    else if (!utf8_is_valid(password))
        config_report_error(reader, setting,
            "%s: found bytes in \"%s\" that are not UTF-8, allowed is a password in UTF-8", key,
            config_setting_get_string(setting));
}

/* Keeps the certificates of a file that the daemon hands to the worker, and reports a file without. */
static int take_certificates(
    struct config_reader *reader, const config_t *file, const char *key, char **contents)
{
    const char *fault = *contents ? pem_find_fault(*contents, strlen(*contents)) : NULL;

    if (fault)
        config_report_error(reader, config_lookup(file, key),
            "%s: found \"%s\" (%s), allowed is a file of certificates in PEM", key,
            config_setting_get_string(config_lookup(file, key)), fault);
    if (!*contents || fault)
        return 0;
    char *certificates = pem_copy_certificates(*contents);
    erase_free(*contents);
    *contents = certificates;
    return certificates ? 0 : -ENOMEM;
}

static int take_all_certificates(struct config_reader *reader, const config_t *file, struct config *config)
{
    int r = take_certificates(reader, file, "est.tls_anchors_file", &config->est_tls_anchors);

    if (r >= 0)
        r = take_certificates(reader, file, "est.anchors_file", &config->est_anchors);
    if (r >= 0)
        r = take_certificates(reader, file, "est.intermediates_file", &config->est_intermediates);
    return r;
}

/* Checks what depends on more than one key. */
static void check_whole(struct config_reader *reader, const config_t *file, struct config *config)
{
    const struct region *region = config_find_region(config, config->default_server);

    if (!region || strcasecmp(region->label, config->default_server) != 0 || !region->supported)
        config_report_error(reader, config_lookup(file, "settings.server"),
            "settings.server: found \"%s\", allowed is the label of a supported server",
            config->default_server);
    if (config->backoff_cap < config->backoff_initial)
        config_report_error(reader, config_lookup(file, "timing.backoff_cap"),
            "timing.backoff_cap: found %g, allowed is at least timing.backoff_initial, which is %g",
            (double)config->backoff_cap / (double)USEC_PER_SEC,
            (double)config->backoff_initial / (double)USEC_PER_SEC);
    if (!*config->ca_bundle && !*config->ca_file)
        config_report_error(reader, config_lookup(file, "network.ca_bundle"),
            "network.ca_bundle: found nothing here nor in network.ca_file, one is required");
    if (config->proxy_password)
        cut_password(reader, file, "network.proxy_password_file", config->proxy_password);
    if (config->est_password)
        cut_password(reader, file, "est.password_file", config->est_password);
    if (!*config->est_user != !config->est_password)
        config_report_error(reader, config_lookup(file, *config->est_user ? "est.user" : "est.password_file"),
            "%s: found no %s beside it, both or none are allowed",
            *config->est_user ? "est.user" : "est.password_file",
            *config->est_user ? "est.password_file" : "est.user");
}

static FILE *open_config_file(struct config_reader *reader)
{
    struct stat st;
    FILE *file =
        reader->look && reader->look->stream ? reader->look->stream : open_file_to_read(reader->path);

    if (!file || fstat(fileno(file), &st) < 0)
        config_report_error(reader, NULL, "can't open the configuration: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        config_report_error(reader, NULL, "the configuration is not a regular file");
    else if (st.st_size > TEXT_SIZE_MAX)
        config_report_error(
            reader, NULL, "found %lld bytes, allowed are %d", (long long)st.st_size, TEXT_SIZE_MAX);
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

/* Reads the settings of a file that was parsed. 0, -EINVAL after a report, or -ENOMEM. */
static int read_settings(struct config_reader *reader, const config_t *file, struct config *config)
{
    int r = read_root(reader, config_root_setting(file), config);

    config->is_empty = config_setting_length(config_root_setting(file)) == 0;
    config->has_servers = config_lookup(file, "servers") != NULL;
    config->has_est_url = config_lookup(file, "est.url") != NULL;
    if (r >= 0 && !reader->failed && config->n_regions == 0)
        r = use_default_servers(config);
    if (r >= 0 && !reader->failed)
        r = take_all_certificates(reader, file, config);
    if (r >= 0 && !reader->failed)
        check_whole(reader, file, config);
    return r < 0 ? r : reader->failed ? -EINVAL : 0;
}

/* The parser does not say which name a group has twice. */
static void report_parser_error(struct config_reader *reader, const config_t *file)
{
    const char *text = config_error_text(file), *path = config_error_file(file);
    char name[128], whole[256];

    if (streq0(text, "duplicate setting name") &&
        text_find_name(path ? path : reader->path, config_error_line(file), name, sizeof(name))) {
        snprintf(whole, sizeof(whole), "%s \"%s\"", text, name);
        text = whole;
    }
    config_report_syntax_error(reader, path, config_error_line(file), text);
}

int config_load_and_look(const char *path, const struct config_look *look, config_report report,
    void *userdata, struct config **ret)
{
    struct config_reader reader = { .path = path, .look = look, .report = report, .userdata = userdata };
    _cleanup_(config_freep) struct config *config = calloc(1, sizeof(*config));
    config_t file;
    int r;

    if (!config || config_set_defaults(config_schema, config) < 0)
        return -ENOMEM;

    FILE *stream = open_config_file(&reader);
    if (!stream)
        return -EINVAL;

    config_init(&file);
    owners_check_file(&reader);
    if (!reader.failed)
        text_check(&reader, stream);
    if (reader.failed)
        r = -EINVAL;
    else if (config_read(&file, stream))
        r = read_settings(&reader, &file, config);
    else {
        report_parser_error(&reader, &file);
        r = -EINVAL;
    }
    if (r >= 0) {
        owners_check(&reader, &file);
        r = reader.failed ? -EINVAL : 0;
    }
    if (r >= 0)
        surroundings_check(&reader, &file, config);
    config_destroy(&file);
    fclose(stream);
    if (r < 0)
        return r;

    *ret = TAKE_PTR(config);
    return reader.failed ? CONFIG_LACKING : 0;
}

int config_load(const char *path, config_report report, void *userdata, struct config **ret)
{
    return config_load_and_look(path, NULL, report, userdata, ret);
}

int config_new_default(struct config **ret)
{
    _cleanup_(config_freep) struct config *config = calloc(1, sizeof(*config));

    if (!config || config_set_defaults(config_schema, config) < 0 || use_default_servers(config) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(config);
    return 0;
}

struct config *config_free(struct config *config)
{
    if (!config)
        return NULL;

    config_free_values(config_schema, config);
    for (size_t i = 0; i < config->n_regions; i++)
        config_free_values(config_region_schema, &config->regions[i]);
    free(config->regions);
    free(config);
    return NULL;
}

const struct region *config_find_region(const struct config *config, const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);

    if (*name >= '0' && *name <= '9' && !*end)
        return number >= 1 && number <= config->n_regions ? &config->regions[number - 1] : NULL;
    for (size_t i = 0; i < config->n_regions; i++)
        if (strcasecmp(config->regions[i].label, name) == 0 || strcasecmp(config->regions[i].fqdn, name) == 0)
            return &config->regions[i];
    return NULL;
}

int config_region_number(const struct config *config, const struct region *region)
{
    return (int)(region - config->regions) + 1;
}
