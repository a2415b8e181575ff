/*
 * The configuration file: what the integrator of the appliance decides. One table (key-table.c) names each key with
 * its type, range and default; the reader (config.c) knows only the structure of the file. A struct config is
 * complete and never changes: a reload makes a new one in its place. The daemon never writes the file.
 */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct region {
    char *label, *fqdn;
    bool supported;
};

#define CONFIG_IS_EMPTY "found no settings"

struct config {
    bool is_empty;                 /* the file has no setting at all */
    bool has_servers, has_est_url; /* the file sets them; else the defaults hold */

    struct region *regions;
    size_t n_regions;

    bool default_enabled; /* both hold until an administrator commits settings */
    char *default_server;

    bool auto_register;
    char *
        token_file; /* the place of the token for it; the file is read later, as it may have been used up and removed */

    char *est_url, *est_label, *key_type;
    char **est_hosts;
    char *est_tls_anchors, *est_anchors, *est_intermediates; /* PEM; NULL: none */
    char *est_fingerprint, *proof_of_possession;
    bool est_send_chain, est_csr_attributes, est_server_keygen;

    char *product, *name, *type, *version, *ip, *description;

    char *est_user, *est_password;             /* for renewals; the password may be NULL */
    char *proxy, *proxy_user, *proxy_password; /* no password: NULL */
    char *proxy_auth;
    char **no_proxy, **connect_to;
    char *ca_bundle, *ca_file;
    uint64_t connect_timeout, request_timeout; /* microseconds, as all times here */

    char *path_contexts, *path_activations, *path_status, *path_refresh, *path_context;

    uint64_t refresh_interval; /* 0: the server's */
    double refresh_jitter, renewal_fraction;
    uint64_t backoff_initial, backoff_cap, removal_confirmation, refusal_patience;
    int64_t attempts_per_hour; /* of each operation, at most */

    mode_t socket_mode;
    char *socket_user, *socket_group, *admin_group;
    bool names_exist; /* these were looked up and found */
    int64_t max_message, max_output, max_connections, max_connections_per_uid;
    uint64_t message_timeout;

    int log_level;
    char *worker_address;
    uint64_t worker_timeout;

    char *cluster_mode; /* NULL: the appliance is in no cluster */
};

enum config_type {
    CONFIG_STRING, /* char *; min and max are its length */
    CONFIG_CONTENTS, /* char *; written as the path of a file of at most max bytes, which is read at once; "" is NULL */
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
    const char *allowed;             /* what valid accepts, for the message */
    bool secret;                     /* the value is not printed */
    const char *fallback;            /* the default of a string; NULL: none */
    double number;                   /* the default of any other type: seconds, a mode, a level */
};

/* The keys of the groups; a NULL path ends the table. */
extern const struct config_key config_schema[];

/* The keys of one server of the list; a NULL path ends the table. */
extern const struct config_key config_region_schema[];

/* The servers of a configuration without a list. */
extern const struct region config_default_regions[];
extern const size_t config_n_default_regions;

/* Receives an error as a line: "FILE:LINE: KEY: found ..., allowed is ...". */
typedef void (*config_report)(void *userdata, const char *line);

/* Reads and checks a file. Returns 0 and a configuration for config_free; -EINVAL after at
 * least one report; -ENOMEM. */
int config_load(const char *path, config_report report, void *userdata, struct config **ret);

/* Further checks of a configuration: whether the files, users and groups that it names exist. */
struct config_look {
    bool as_service;            /* the process is a stand-in for the service, outside of its unit */
    bool names;                 /* the users and groups, in the user database, which may be slow */
    bool skip_credentials;      /* credentials count as given: only the service has them */
    const char *worker_address; /* the worker in use, whatever the file names; NULL: as configured */
    const struct config *known; /* names that are in it are not looked up again; NULL: none */
    FILE *stream;               /* the file, if it is open already; it is closed */
};

enum {
    CONFIG_LACKING = 1, /* the configuration can be used, but something that it names is not there */
};

/* Like config_load, and looks at what is named. Returns CONFIG_LACKING with a configuration, too, after at least one
 * report. */
int config_load_and_look(const char *path, const struct config_look *look, config_report report,
    void *userdata, struct config **ret);

/* Makes the configuration of an empty file. 0 or -ENOMEM. */
int config_new_default(struct config **ret);

/* Frees a configuration. Accepts NULL, returns NULL. */
struct config *config_free(struct config *config);

/* Returns the region with this number (as text), label or host name, in any case of letters; NULL if there is none. */
const struct region *config_find_region(const struct config *config, const char *name);

/* Returns the number of a region: its place in the list, from 1. */
int config_region_number(const struct config *config, const struct region *region);
