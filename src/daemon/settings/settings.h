/*
 * What the administrator decides: enabled, and the server. Values are staged per user in memory and become
 * active by a commit, which is one change of the state file; the last 100 commits are kept there.
 */
#pragma once

#include "daemon/core/refusal.h"
#include "daemon/registration/registration.h"

#include <sys/types.h>

enum {
    SETTINGS_CANDIDATES_MAX = 256,
    SETTINGS_COMMENT_MAX = 1024, /* characters */
};

struct candidate {
    uid_t uid;
    int64_t base_revision; /* committed when the first value was staged */
    bool enabled_set, enabled;
    char *server; /* label; NULL: not staged */
};

struct settings {
    struct core *core;
    struct registration *registration;
    struct candidate candidates[SETTINGS_CANDIDATES_MAX];
    size_t n_candidates;
};

/* Prepares a zeroed struct. */
void settings_init(struct settings *settings, struct core *core, struct registration *registration);

/* Forgets all that is staged. */
void settings_done(struct settings *settings);

/* What a user has staged; NULL if nothing. */
const struct candidate *settings_candidate(const struct settings *settings, uid_t uid);

/* As JSON, for replies: type Candidate. NULL without memory. */
json_object *settings_candidate_json(const struct candidate *candidate);

enum settings_result {
    SETTINGS_DONE,
    SETTINGS_REFUSED, /* see the refusal */
    SETTINGS_UNKNOWN_SERVER,
    SETTINGS_UNSUPPORTED_SERVER,
    SETTINGS_NOTHING_STAGED,
    SETTINGS_CONFLICT, /* see the conflict */
};

/* Another commit changed a setting that this one changes to something else. */
struct settings_conflict {
    const char *setting;
    json_object *commit; /* borrowed: type CommitRecord */
    char committed[128], staged[128];
};

/* True if a comment is not too long. */
bool settings_comment_is_good(const char *comment);

/* Stages what is not NULL. A value that is committed already is no change and is not kept. */
enum settings_result settings_stage(
    struct settings *settings, uid_t uid, const bool *enabled, const char *server, struct refusal *ret);

/* Drops what a user has staged; false if there was nothing. */
bool settings_clear(struct settings *settings, uid_t uid);

/* Commits what a user has staged; ret_commit is borrowed (type CommitRecord). */
enum settings_result settings_commit(struct settings *settings, uid_t uid, const char *comment,
    json_object **ret_commit, struct settings_conflict *ret_conflict, struct refusal *ret);
