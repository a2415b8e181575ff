/*
 * The settings, which the administrator decides: enabled, and the server. Values are staged in memory, for each user
 * apart. A commit, which is one change of the state file, makes them active. The file keeps the last
 * STORE_COMMITS_MAX commits.
 */
#pragma once

#include "daemon/core/refusal.h"
#include "daemon/registration/registration.h"

#include <sys/types.h>

enum {
    SETTINGS_CANDIDATES_MAX = 256,
    SETTINGS_COMMENT_MAX = 1024, /* characters */
};

/* What one user has staged. */
struct candidate {
    uid_t uid;
    int64_t base_revision;     /* the last commit when the first value was staged */
    bool enabled_set, enabled; /* enabled_set: enabled is staged */
    char *server;              /* a label; NULL: not staged */
};

struct settings {
    struct core *core;
    struct registration *registration;
    struct candidate candidates[SETTINGS_CANDIDATES_MAX];
    size_t n_candidates;
};

/* Prepares a zeroed struct. settings_done ends it. */
void settings_init(struct settings *settings, struct core *core, struct registration *registration);

/* Frees all candidates. */
void settings_done(struct settings *settings);

/* Returns what a user has staged; NULL if nothing. Borrowed until the next change of the settings. */
const struct candidate *settings_candidate(const struct settings *settings, uid_t uid);

/* Returns a candidate as the type Candidate of the IDL, which the caller puts; NULL without memory. */
json_object *settings_candidate_json(const struct candidate *candidate);

enum settings_result {
    SETTINGS_DONE,
    SETTINGS_REFUSED, /* the refusal is set */
    SETTINGS_UNKNOWN_SERVER,
    SETTINGS_UNSUPPORTED_SERVER,
    SETTINGS_NOTHING_STAGED,
    SETTINGS_CONFLICT, /* the conflict is set */
};

/* A setting that another commit has changed since it was staged. */
struct settings_conflict {
    const char *setting;
    json_object *commit; /* the other commit, type CommitRecord; borrowed until the next commit */
    char committed[128], staged[128];
};

/* Returns true if a comment has at most SETTINGS_COMMENT_MAX characters and none of them is a control character. */
bool settings_comment_is_good(const char *comment);

/* Stages the values that are not NULL. server is a number, label or host name. A value that is committed already is no
 * change and is not staged. */
enum settings_result settings_stage(
    struct settings *settings, uid_t uid, const bool *enabled, const char *server, struct refusal *ret);

/* Drops what a user has staged. Returns false if there was nothing. */
bool settings_clear(struct settings *settings, uid_t uid);

/* Commits what a user has staged. Sets the commit (type CommitRecord), borrowed until the next one; or
 * the conflict or the refusal. */
enum settings_result settings_commit(struct settings *settings, uid_t uid, const char *comment,
    json_object **ret_commit, struct settings_conflict *ret_conflict, struct refusal *ret);
