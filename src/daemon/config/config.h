/*
 * The configuration file: what the integrator of the appliance decides. One schema table (config-schema.c)
 * names every key with its type, range and default; the reader (config.c) knows no key by itself. A struct
 * config is complete and never changes: a reload makes a new one and swaps. The daemon never writes the file.
 */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct region {
    char *label, *fqdn;
    bool supported;
};

struct config {
    struct region *regions;
    size_t n_regions;

    bool default_enabled; /* settings: until an administrator commits */
    char *default_server;

    bool auto_register;
    char *
        token_file; /* where the token for that is, not read with the configuration: it may be gone afterwards */

    char *est_url, *est_label, *key_type;
    char *est_tls_anchors, *est_anchors, *est_intermediates; /* PEM; NULL: none */
    char *est_fingerprint, *proof_of_possession;
    bool est_send_chain, est_csr_attributes, est_server_keygen;

    char *product, *name, *type, *version, *ip, *description;

    char *proxy, *proxy_user, *proxy_password; /* the password NULL: none */
    char **no_proxy, **connect_to;
    char *ca_bundle, *ca_file;
    uint64_t connect_timeout, request_timeout; /* microseconds, as all times here */

    char *path_contexts, *path_activations, *path_status, *path_refresh, *path_context;

    uint64_t refresh_interval; /* 0: as the server says */
    double refresh_jitter, renewal_fraction;
    uint64_t backoff_initial, backoff_cap, removal_confirmation;

    mode_t socket_mode;
    char *socket_user, *socket_group, *admin_group;
    int64_t max_message, max_output, max_connections, max_connections_per_uid;
    uint64_t message_timeout;

    int log_level;
    char *worker_address;
    uint64_t worker_timeout;

    char *cluster_mode; /* NULL: the appliance is in no cluster */
};

enum config_type {
    CONFIG_STRING,   /* char *; min and max are its length */
    CONFIG_CONTENTS, /* char *; written as the path of a file of at most max bytes, read at once; NULL: "" */
    CONFIG_CHOICE,   /* char *; one of choices */
    CONFIG_STRINGS,  /* char **, NULL-terminated; max elements */
    CONFIG_BOOL,     /* bool */
    CONFIG_INT,      /* int64_t */
    CONFIG_DURATION, /* uint64_t microseconds; written in seconds, min and max are seconds */
    CONFIG_FRACTION, /* double */
    CONFIG_MODE,     /* mode_t, written as octal text */
    CONFIG_LEVEL,    /* int, a syslog level by name */
};

struct config_key {
    const char *path; /* "group.key" */
    enum config_type type;
    size_t offset;
    double min, max;
    const char *const *choices;
    bool (*valid)(const char *text); /* of a string or each of strings */
    const char *allowed;             /* what valid takes, for the message */
    bool secret;                     /* the value is not printed */
    const char *fallback;            /* of strings; NULL: none */
    double number; /* default of the others; of a mode in its octal digits, of a level its value */
};

/* The schema: keys of the groups, keys of one server of the list, and the default servers. */
extern const struct config_key config_schema[];
extern const struct config_key config_region_schema[];
extern const struct region config_default_regions[];
extern const size_t config_n_default_regions;

/* Receives each error as a whole line: "FILE:LINE: KEY: found ..., allowed is ...". */
typedef void (*config_report)(void *userdata, const char *line);

/* Reads and checks a file. 0 and a new configuration; -EINVAL after at least one report; -ENOMEM. */
int config_load(const char *path, config_report report, void *userdata, struct config **ret);

/* Frees; accepts NULL, returns NULL. */
struct config *config_free(struct config *config);

/* The server of a number (as text), label or host name, compared without case; NULL if there is none. */
const struct region *config_find_region(const struct config *config, const char *name);

/* True if a text is what est.url may be. */
bool config_is_https_url(const char *text);

/* The place of a server in the list, from 1. */
int config_region_number(const struct config *config, const struct region *region);
