#include "daemon/settings/settings.h"

#include "common/log.h"
#include "common/user-name.h"
#include "common/utf8.h"
#include "daemon/core/event.h"
#include "daemon/registration/sequence.h"
#include "daemon/state/document.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

void settings_init(struct settings *settings, struct core *core, struct registration *registration)
{
    settings->core = core;
    settings->registration = registration;
}

static void remove_candidate(struct settings *settings, struct candidate *candidate)
{
    free(candidate->server);
    *candidate = settings->candidates[--settings->n_candidates];
    settings->candidates[settings->n_candidates] = (struct candidate){ 0 };
}

void settings_done(struct settings *settings)
{
    while (settings->n_candidates > 0)
        remove_candidate(settings, &settings->candidates[0]);
}

static struct candidate *find_candidate(struct settings *settings, uid_t uid)
{
    for (size_t i = 0; i < settings->n_candidates; i++)
        if (settings->candidates[i].uid == uid)
            return &settings->candidates[i];
    return NULL;
}

const struct candidate *settings_candidate(const struct settings *settings, uid_t uid)
{
    return find_candidate((struct settings *)(uintptr_t)settings, uid);
}

json_object *settings_candidate_json(const struct candidate *candidate)
{
    json_object *object = json_object_new_object();
    char name[128];

    if (!object)
        return NULL;
    json_add_int(object, "uid", candidate->uid);
    json_add_string(object, "userName", user_name_get(candidate->uid, name, sizeof(name)));
    json_add_int(object, "baseRevision", candidate->base_revision);
    if (candidate->enabled_set)
        json_add_bool(object, "enabled", candidate->enabled);
    json_add_string(object, "server", candidate->server);
    return object;
}

/* Returns true and the refusal if the server can't be changed to this region: that is so while the appliance is
 * registered or busy with another one. */
static bool region_is_locked(const struct core *core, const struct region *region, struct refusal *ret)
{
    const struct saved *saved = &core->store.saved;
    const char *label = saved->region_label;

    if (saved->state == STATE_UNREGISTERED || !label || strcasecmp(label, region->label) == 0)
        return false;
    refusal_set(ret, REASON_SERVER_LOCKED, "The server can't be changed to %s: the appliance is %s with %s.",
        region->label, saved->state == STATE_REGISTERED ? "registered" : "busy", label);
    return true;
}

static struct candidate *add_candidate(struct settings *settings, uid_t uid)
{
    if (settings->n_candidates == SETTINGS_CANDIDATES_MAX)
        return NULL;
    struct candidate *candidate = &settings->candidates[settings->n_candidates++];
    *candidate = (struct candidate){ .uid = uid, .base_revision = settings->core->store.saved.revision };
    return candidate;
}

enum settings_result settings_stage(
    struct settings *settings, uid_t uid, const bool *enabled, const char *name, struct refusal *ret)
{
    struct candidate *candidate = find_candidate(settings, uid);
    const struct region *region = name ? config_find_region(settings->core->config, name) : NULL;
    char *label = NULL;

    if (name && core_config_is_missing(settings->core, ret))
        return SETTINGS_REFUSED;
    if (name && !region)
        return SETTINGS_UNKNOWN_SERVER;
    if (region && !region->supported)
        return SETTINGS_UNSUPPORTED_SERVER;
    if (region && region_is_locked(settings->core, region, ret))
        return SETTINGS_REFUSED;
    if (region && !(label = strdup(region->label)))
        candidate = NULL;
    else if (!candidate)
        candidate = add_candidate(settings, uid);
    if (!candidate) {
        free(label);
        refusal_set(ret, REASON_BUSY, "Too many users have staged changes that they have not committed.");
        return SETTINGS_REFUSED;
    }

    if (enabled) {
        candidate->enabled_set = *enabled != core_is_enabled(settings->core);
        candidate->enabled = *enabled;
    }
    if (label) {
        free(candidate->server);
        /* The committed label is no change. */
        candidate->server = streq(label, core_region_label(settings->core)) ? NULL : label;
        if (!candidate->server)
            free(label);
    }
    if (!candidate->enabled_set && !candidate->server)
        remove_candidate(settings, candidate);
    core_changed(settings->core);
    return SETTINGS_DONE;
}

bool settings_clear(struct settings *settings, uid_t uid)
{
    struct candidate *candidate = find_candidate(settings, uid);
    bool had = candidate && (candidate->enabled_set || candidate->server);

    if (candidate) {
        remove_candidate(settings, candidate);
        core_changed(settings->core);
    }
    return had;
}

/* Returns the newest commit after a revision that changed a setting; NULL if there is none. Borrowed. */
static json_object *find_change_since(const struct core *core, const char *key, int64_t revision)
{
    json_object *commits = document_commits(core->store.document);

    for (size_t i = 0; i < json_object_array_length(commits); i++) {
        json_object *commit = json_object_array_get_idx(commits, i);

        if (json_get_int(commit, "revision", 0) <= revision)
            break;
        if (json_object_object_get(commit, key))
            return commit;
    }
    return NULL;
}

static const char *enabled_word(bool enabled)
{
    return enabled ? "enabled" : "disabled";
}

/* Returns true and the conflict if another commit changed a staged setting to another value. A commit of the same value
 * only makes the change superfluous. */
static bool conflicts(
    const struct core *core, const struct candidate *candidate, struct settings_conflict *ret)
{
    bool enabled = core_is_enabled(core);
    const char *server = core_region_label(core);
    struct settings_conflict conflict = { 0 };

    if (candidate->enabled_set && candidate->enabled != enabled &&
        (conflict.commit = find_change_since(core, "enabled", candidate->base_revision))) {
        conflict.setting = "enabled";
        snprintf(conflict.committed, sizeof(conflict.committed), "%s", enabled_word(enabled));
        snprintf(conflict.staged, sizeof(conflict.staged), "%s", enabled_word(candidate->enabled));
    } else if (candidate->server && !streq(candidate->server, server) &&
               (conflict.commit = find_change_since(core, "server", candidate->base_revision))) {
        conflict.setting = "server";
        snprintf(conflict.committed, sizeof(conflict.committed), "%s", server);
        snprintf(conflict.staged, sizeof(conflict.staged), "%s", candidate->server);
    }
    if (!conflict.setting)
        return false;
    *ret = conflict;
    return true;
}

static json_object *make_commit(
    const struct core *core, const struct candidate *candidate, const char *comment)
{
    json_object *commit = json_object_new_object();
    char name[128];

    if (!commit)
        return NULL;
    json_add_int(commit, "revision", core->store.saved.revision + 1);
    json_add_int(commit, "time", (int64_t)time(NULL));
    json_add_int(commit, "uid", candidate->uid);
    json_add_string(commit, "userName", user_name_get(candidate->uid, name, sizeof(name)));
    json_add_string(commit, "comment", comment ? comment : "");
    if (candidate->enabled_set)
        json_add_bool(commit, "enabled", candidate->enabled);
    json_add_string(commit, "server", candidate->server);
    return commit;
}

/* Puts the commit first in the list and its values into the settings. Returns 0 or -ENOMEM. */
static int apply_commit(json_object *document, json_object *commit)
{
    json_object *settings = document_settings(document), *old = document_commits(document);
    json_object *commits = json_object_new_array();

    if (!commits)
        return -ENOMEM;
    json_object_array_add(commits, json_object_get(commit));
    for (size_t i = 0; i < json_object_array_length(old) && i + 1 < STORE_COMMITS_MAX; i++)
        json_object_array_add(commits, json_object_get(json_object_array_get_idx(old, i)));
    json_object_object_add(document, "commits", commits);

    document_set(settings, "revision", json_object_new_int64(json_get_int(commit, "revision", 0)));
    if (json_object_object_get(commit, "enabled"))
        document_set(settings, "enabled", json_object_new_boolean(json_get_bool(commit, "enabled", false)));
    if (json_get_string(commit, "server"))
        document_set_string(settings, "server", json_get_string(commit, "server"));
    return 0;
}

bool settings_comment_is_good(const char *comment)
{
    size_t characters = 0;

    if (!utf8_is_printable(comment))
        return false;
    for (; *comment; comment++)
        characters += ((unsigned char)*comment & 0xc0) != 0x80;
    return characters <= SETTINGS_COMMENT_MAX;
}

/* Checks all that a user has staged. Drops values that others have committed meanwhile. */
static enum settings_result check_commit(struct settings *settings, struct candidate *candidate,
    struct settings_conflict *ret_conflict, struct refusal *ret)
{
    if (!candidate || (!candidate->enabled_set && !candidate->server))
        return SETTINGS_NOTHING_STAGED;
    if (conflicts(settings->core, candidate, ret_conflict))
        return SETTINGS_CONFLICT;

    if (candidate->enabled == core_is_enabled(settings->core))
        candidate->enabled_set = false;
    if (candidate->server) {
        const struct region *region = config_find_region(settings->core->config, candidate->server);

        if (!region)
            return SETTINGS_UNKNOWN_SERVER;
        if (!region->supported)
            return SETTINGS_UNSUPPORTED_SERVER;
        if (region_is_locked(settings->core, region, ret))
            return SETTINGS_REFUSED;
        if (streq(candidate->server, core_region_label(settings->core))) {
            free(candidate->server);
            candidate->server = NULL;
        }
    }
    return candidate->enabled_set || candidate->server ? SETTINGS_DONE : SETTINGS_NOTHING_STAGED;
}

/* Reports a commit: as an event, or as a line of the log. */
static void report_commit(json_object *commit, bool is_event)
{
    bool has_enabled = json_object_object_get(commit, "enabled");
    const char *enabled = has_enabled ? enabled_word(json_get_bool(commit, "enabled", false)) : NULL;
    const char *server = json_get_string(commit, "server"), *user = json_get_string(commit, "userName");
    char revision[24], uid[24], message[512];

    snprintf(revision, sizeof(revision), "%" PRId64, json_get_int(commit, "revision", 0));
    snprintf(uid, sizeof(uid), "%" PRId64, json_get_int(commit, "uid", 0));
    snprintf(message, sizeof(message), "Revision %s was committed by %s: %s%s%s%s.", revision, user,
        enabled ? enabled : "", enabled && server ? ", " : "", server ? "server " : "", server ? server : "");
    const struct event_field fields[] = {
        { "TR_REVISION", revision },
        { "TR_USER", user },
        { "TR_UID", uid },
        { "TR_FEATURE", enabled },
        { "TR_SERVER", server },
        { "TR_COMMENT", json_get_string(commit, "comment") },
        { NULL },
    };
    if (is_event)
        event_send(EVENT_SETTINGS_COMMITTED, fields, message);
    else
        log_notice("%s", message);
}

enum settings_result settings_commit(struct settings *settings, uid_t uid, const char *comment,
    json_object **ret_commit, struct settings_conflict *ret_conflict, struct refusal *ret)
{
    struct candidate *candidate = find_candidate(settings, uid);
    enum settings_result result = check_commit(settings, candidate, ret_conflict, ret);
    bool was_enabled = core_is_enabled(settings->core);

    if (result == SETTINGS_NOTHING_STAGED)
        settings_clear(settings, uid);
    if (result != SETTINGS_DONE)
        return result;

    json_object *document = store_begin(&settings->core->store);
    _cleanup_json_ json_object *commit = make_commit(settings->core, candidate, comment);
    int r = document && commit ? apply_commit(document, commit) : -1;
    if (r >= 0)
        r = store_commit(&settings->core->store, document);
    else
        json_put_erased(document);
    if (r < 0) {
        core_refuse_unsaved(settings->core, "The settings", ret);
        return SETTINGS_REFUSED;
    }

    /* Nobody needs an event about a feature that is and stays disabled. */
    report_commit(commit, was_enabled || core_is_enabled(settings->core));
    remove_candidate(settings, candidate);
    *ret_commit = json_object_array_get_idx(document_commits(settings->core->store.document), 0);
    sequence_replan(settings->registration);
    core_changed(settings->core);
    return SETTINGS_DONE;
}
