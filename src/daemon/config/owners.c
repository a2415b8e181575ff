#include "daemon/config/owners.h"

#include "common/memory.h"
#include "common/ownership.h"

#include <stdio.h>
#include <sys/stat.h>

enum {
    WHY_MAX = 1500,
};

/* A key holds a path if its text for the user says so. */
static bool names_file(const struct config_key *key)
{
    return key->allowed && strstr(key->allowed, "absolute path");
}

static const char *skip_prefix(const char *address)
{
    return strncmp(address, "unix:", 5) == 0 ? address + 5 : address;
}

static void check_key(struct config_reader *reader, const config_t *file, const struct config_key *key)
{
    const config_setting_t *setting = config_lookup(file, key->path);
    const char *value = setting ? config_setting_get_string(setting) : key->fallback;
    char why[WHY_MAX];

    /* Systemd protects its credentials. */
    if (!value || *skip_prefix(value) != '/' || ownership_is_safe(skip_prefix(value), why, sizeof(why)))
        return;
    config_report_error(reader, setting, "%s: %s", key->path, why);
}

/* A file that --check-config has opened may be meant for another place: only its own mode is a mistake then. */
static void report_place(struct config_reader *reader, const char *why)
{
    FILE *stream = reader->look->stream;
    struct stat st;

    if (!stream || fstat(fileno(stream), &st) < 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
        config_report_error(reader, NULL, "%s", why);
    else
        config_report_warning(reader, "the daemon refuses the file in this place: %s", why);
}

void owners_check_file(struct config_reader *reader)
{
    char why[WHY_MAX];

    if (reader->look && !ownership_is_safe(reader->path, why, sizeof(why)))
        report_place(reader, why);
}

void owners_check(struct config_reader *reader, const config_t *file)
{
    const char *worker = reader->look ? reader->look->worker_address : NULL;
    char why[WHY_MAX];

    if (!reader->look)
        return;
    if (worker && !ownership_is_safe(skip_prefix(worker), why, sizeof(why)))
        config_report_error(reader, NULL, "--worker: %s", why);
    for (const struct config_key *key = config_schema; key->path; key++)
        if (names_file(key) && !(worker && streq(key->path, "worker.address")))
            check_key(reader, file, key);
}
