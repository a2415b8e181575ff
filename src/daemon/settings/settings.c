#include "daemon/settings/settings.h"

#include "common/log.h"
#include "common/user-name.h"
#include "daemon/core/event.h"
#include "daemon/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static json_object *committed(const struct manager *manager)
{
    return store_settings(manager->store.document);
}

bool settings_enabled(const struct manager *manager)
{
    return json_get_bool(committed(manager), "enabled", manager->config->default_enabled);
}

const char *settings_server(const struct manager *manager)
{
    const char *label = json_get_string(committed(manager), "server");

    return label ? label : manager->config->default_server;
}

int64_t settings_revision(const struct manager *manager)
{
    return json_get_int(committed(manager), "revision", 0);
}

bool settings_is_committed(const struct manager *manager, const char *key)
{
    return json_object_object_get(committed(manager), key) != NULL;
}

static void candidate_remove(struct settings *settings, struct candidate *candidate)
{
    free(candidate->server);
    *candidate = settings->candidates[--settings->n_candidates];
    settings->candidates[settings->n_candidates] = (struct candidate){ 0 };
}

void settings_done(struct settings *settings)
{
    while (settings->n_candidates > 0)
        candidate_remove(settings, &settings->candidates[0]);
}

static struct candidate *find(struct settings *settings, uid_t uid)
{
    for (size_t i = 0; i < settings->n_candidates; i++)
        if (settings->candidates[i].uid == uid)
            return &settings->candidates[i];
    return NULL;
}

const struct candidate *settings_candidate(const struct manager *manager, uid_t uid)
{
    return find((struct settings *)(uintptr_t)&manager->settings, uid);
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

/* While registered or busy the server can't be changed; the one of the registration is always accepted. */
static bool server_is_locked(const struct manager *manager, const struct region *server, struct refusal *ret)
{
    const struct registration *registration = &manager->registration;
    enum state state = registration_state(registration);
    const char *label =
        json_get_string(json_get_object(store_registration(manager->store.document), "server"), "label");

    if (state == STATE_UNREGISTERED || !label || strcasecmp(label, server->label) == 0)
        return false;
    ret->reason = REASON_SERVER_LOCKED;
    snprintf(ret->message, sizeof(ret->message),
        "The server can't be changed to %s: the appliance is %s with %s.", server->label,
        state == STATE_REGISTERED ? "registered" : "busy", label);
    return true;
}

static struct candidate *add(struct manager *manager, uid_t uid)
{
    struct settings *settings = &manager->settings;

    if (settings->n_candidates == SETTINGS_CANDIDATES_MAX)
        return NULL;
    struct candidate *candidate = &settings->candidates[settings->n_candidates++];
    *candidate = (struct candidate){ .uid = uid, .base_revision = settings_revision(manager) };
    return candidate;
}

enum settings_result settings_stage(
    struct manager *manager, uid_t uid, const bool *enabled, const char *name, struct refusal *ret)
{
    struct candidate *candidate = find(&manager->settings, uid);
    const struct region *server = name ? config_find_region(manager->config, name) : NULL;
    char *label = NULL;

    if (name && !server)
        return SETTINGS_UNKNOWN_SERVER;
    if (server && !server->supported)
        return SETTINGS_UNSUPPORTED_SERVER;
    if (server && server_is_locked(manager, server, ret))
        return SETTINGS_REFUSED;
    if (server && !(label = strdup(server->label)))
        candidate = NULL;
    else if (!candidate)
        candidate = add(manager, uid);
    if (!candidate) {
        free(label);
        ret->reason = REASON_BUSY;
        snprintf(ret->message, sizeof(ret->message),
            "Too many users have staged changes that they have not committed.");
        return SETTINGS_REFUSED;
    }

    if (enabled) {
        candidate->enabled_set = *enabled != settings_enabled(manager);
        candidate->enabled = *enabled;
    }
    if (label) {
        free(candidate->server);
        /* What is committed already is no change. */
        candidate->server = streq(label, settings_server(manager)) ? NULL : label;
        if (!candidate->server)
            free(label);
    }
    if (!candidate->enabled_set && !candidate->server)
        candidate_remove(&manager->settings, candidate);
    manager_changed(manager);
    return SETTINGS_DONE;
}

bool settings_clear(struct manager *manager, uid_t uid)
{
    struct candidate *candidate = find(&manager->settings, uid);
    bool had = candidate && (candidate->enabled_set || candidate->server);

    if (candidate) {
        candidate_remove(&manager->settings, candidate);
        manager_changed(manager);
    }
    return had;
}

/* The newest commit after a revision that changed a setting; NULL if none did. */
static json_object *changed_since(const struct manager *manager, const char *key, int64_t revision)
{
    json_object *commits = store_commits(manager->store.document);

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

/* Whoever committed the same value meanwhile is no conflict; it only makes this change superfluous. */
static bool conflicts(
    const struct manager *manager, const struct candidate *candidate, struct settings_conflict *ret)
{
    bool enabled = settings_enabled(manager);
    const char *server = settings_server(manager);
    struct settings_conflict conflict = { 0 };

    if (candidate->enabled_set && candidate->enabled != enabled &&
        (conflict.commit = changed_since(manager, "enabled", candidate->base_revision))) {
        conflict.setting = "enabled";
        snprintf(conflict.committed, sizeof(conflict.committed), "%s", enabled_word(enabled));
        snprintf(conflict.staged, sizeof(conflict.staged), "%s", enabled_word(candidate->enabled));
    } else if (candidate->server && !streq(candidate->server, server) &&
               (conflict.commit = changed_since(manager, "server", candidate->base_revision))) {
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
    const struct manager *manager, const struct candidate *candidate, const char *comment)
{
    json_object *commit = json_object_new_object();
    char name[128];

    if (!commit)
        return NULL;
    json_add_int(commit, "revision", settings_revision(manager) + 1);
    json_add_int(commit, "time", (int64_t)time(NULL));
    json_add_int(commit, "uid", candidate->uid);
    json_add_string(commit, "userName", user_name_get(candidate->uid, name, sizeof(name)));
    json_add_string(commit, "comment", comment ? comment : "");
    if (candidate->enabled_set)
        json_add_bool(commit, "enabled", candidate->enabled);
    json_add_string(commit, "server", candidate->server);
    return commit;
}

/* Puts the commit before the others and its values into the settings. */
static int apply(json_object *document, json_object *commit)
{
    json_object *settings = store_settings(document), *old = store_commits(document);
    json_object *commits = json_object_new_array();

    if (!commits)
        return -ENOMEM;
    json_object_array_add(commits, json_object_get(commit));
    for (size_t i = 0; i < json_object_array_length(old) && i + 1 < STORE_COMMITS_MAX; i++)
        json_object_array_add(commits, json_object_get(json_object_array_get_idx(old, i)));
    json_object_object_add(document, "commits", commits);

    store_set(settings, "revision", json_object_new_int64(json_get_int(commit, "revision", 0)));
    if (json_object_object_get(commit, "enabled"))
        store_set(settings, "enabled", json_object_new_boolean(json_get_bool(commit, "enabled", false)));
    if (json_get_string(commit, "server"))
        store_set_string(settings, "server", json_get_string(commit, "server"));
    return 0;
}

bool settings_comment_is_good(const char *comment)
{
    size_t characters = 0;

    for (; *comment; comment++)
        characters += ((unsigned char)*comment & 0xc0) != 0x80;
    return characters <= SETTINGS_COMMENT_MAX;
}

/* Checks a commit as a whole; drops what others have committed just so. */
static enum settings_result check_commit(struct manager *manager, struct candidate *candidate,
    struct settings_conflict *ret_conflict, struct refusal *ret)
{
    if (!candidate || (!candidate->enabled_set && !candidate->server))
        return SETTINGS_NOTHING_STAGED;
    if (conflicts(manager, candidate, ret_conflict))
        return SETTINGS_CONFLICT;

    if (candidate->enabled == settings_enabled(manager))
        candidate->enabled_set = false;
    if (candidate->server) {
        const struct region *server = config_find_region(manager->config, candidate->server);

        if (!server)
            return SETTINGS_UNKNOWN_SERVER;
        if (!server->supported)
            return SETTINGS_UNSUPPORTED_SERVER;
        if (server_is_locked(manager, server, ret))
            return SETTINGS_REFUSED;
        if (streq(candidate->server, settings_server(manager))) {
            free(candidate->server);
            candidate->server = NULL;
        }
    }
    return candidate->enabled_set || candidate->server ? SETTINGS_DONE : SETTINGS_NOTHING_STAGED;
}

/* Tells a commit; it is an event if the feature is or was enabled. */
static void report_commit(json_object *commit, bool is_event)
{
    bool has_enabled = json_object_object_get(commit, "enabled");
    const char *enabled = !has_enabled                              ? NULL
                          : json_get_bool(commit, "enabled", false) ? "enabled"
                                                                    : "disabled";
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
        event_tell(EVENT_SETTINGS_COMMITTED, fields, message);
    else
        log_notice("%s", message);
}

enum settings_result settings_commit(struct manager *manager, uid_t uid, const char *comment,
    json_object **ret_commit, struct settings_conflict *ret_conflict, struct refusal *ret)
{
    struct candidate *candidate = find(&manager->settings, uid);
    enum settings_result result = check_commit(manager, candidate, ret_conflict, ret);
    bool was_enabled = settings_enabled(manager);

    if (result == SETTINGS_NOTHING_STAGED)
        settings_clear(manager, uid);
    if (result != SETTINGS_DONE)
        return result;

    json_object *document = store_begin(&manager->store);
    _cleanup_json_ json_object *commit = make_commit(manager, candidate, comment);
    int r = document && commit ? apply(document, commit) : -1;
    if (r >= 0)
        r = store_commit(&manager->store, document);
    else
        json_put_erased(document);
    if (r < 0) {
        ret->reason = REASON_STATE_IO;
        snprintf(ret->message, sizeof(ret->message), "The settings can't be saved. %s",
            manager->store.fault ? manager->store.fault : "There is no memory.");
        return SETTINGS_REFUSED;
    }

    report_commit(commit, was_enabled || settings_enabled(manager));
    candidate_remove(&manager->settings, candidate);
    *ret_commit = json_object_array_get_idx(store_commits(manager->store.document), 0);
    registration_reconsider(&manager->registration);
    manager_changed(manager);
    return SETTINGS_DONE;
}
