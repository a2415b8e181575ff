#include "daemon/api/settings-methods.h"

#include "daemon/api/reply.h"
#include "daemon/registration/failure.h"
#include "daemon/state/document.h"

#include <errno.h>

static json_object *make_setting(const char *name, const char *value, bool is_committed)
{
    json_object *object = reply_string("name", name);

    if (!object)
        return NULL;
    json_add_string(object, "value", value);
    json_add_string(object, "source", is_committed ? "commit" : "default");
    return object;
}

int method_get_settings(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    const struct api *api = api_of(connection);
    const struct saved *saved = &api->core->store.saved;
    const struct candidate *candidate = settings_candidate(api->settings, connection->uid);
    json_object *settings = json_object_new_array(), *parameters = reply_object("settings", settings);

    (void)call;
    if (!parameters)
        return -ENOMEM;
    json_object_array_add(settings,
        make_setting("enabled", core_is_enabled(api->core) ? "true" : "false", saved->enabled_is_set));
    json_object_array_add(
        settings, make_setting("server", core_region_label(api->core), saved->server_label != NULL));
    json_add_int(parameters, "revision", saved->revision);
    if (candidate)
        json_add(parameters, "staged", settings_candidate_json(candidate));
    return reply_parameters(parameters, ret_reply);
}

static json_object *make_conflict_error(const struct settings_conflict *conflict)
{
    json_object *parameters = reply_string("setting", conflict->setting);

    if (!parameters)
        return NULL;
    json_add_string(parameters, "committed", conflict->committed);
    json_add_string(parameters, "staged", conflict->staged);
    json_add_int(parameters, "revision", json_get_int(conflict->commit, "revision", 0));
    json_add_string(parameters, "userName", json_get_string(conflict->commit, "userName"));
    json_add_int(parameters, "uid", json_get_int(conflict->commit, "uid", 0));
    json_add_int(parameters, "time", json_get_int(conflict->commit, "time", 0));
    return varlink_make_error(AGENT_INTERFACE ".CommitConflict", parameters);
}

/* Replies the error of a result that is not SETTINGS_DONE. Returns 0 or a negative errno. */
static int reply_result(const struct connection *connection, enum settings_result result, const char *server,
    struct refusal *refusal, const struct settings_conflict *conflict, json_object **ret_reply)
{
    json_object *error;

    switch (result) {
    case SETTINGS_REFUSED:
        failure_fit_refusal(api_of(connection)->registration, refusal);
        return reply_refusal(refusal, ret_reply);
    case SETTINGS_UNKNOWN_SERVER:
        return reply_error(AGENT_INTERFACE ".UnknownServer", reply_string("server", server), ret_reply);
    case SETTINGS_UNSUPPORTED_SERVER:
        return reply_error(AGENT_INTERFACE ".UnsupportedServer", reply_string("server", server), ret_reply);
    case SETTINGS_NOTHING_STAGED:
        return reply_error(AGENT_INTERFACE ".NothingStaged", NULL, ret_reply);
    case SETTINGS_CONFLICT:
        error = make_conflict_error(conflict);
        if (!error)
            return -ENOMEM;
        *ret_reply = error;
        return 0;
    case SETTINGS_DONE:
        break;
    }
    return -EINVAL;
}

int method_stage(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    struct settings *settings = api_of(connection)->settings;
    bool enabled = json_get_bool(call->parameters, "enabled", false);
    bool has_enabled = call->parameters && json_object_object_get(call->parameters, "enabled");
    const char *server = json_get_string(call->parameters, "server");
    const struct settings_conflict none = { 0 };
    struct refusal refusal;

    enum settings_result result =
        settings_stage(settings, connection->uid, has_enabled ? &enabled : NULL, server, &refusal);
    if (result != SETTINGS_DONE)
        return reply_result(userdata, result, server, &refusal, &none, ret_reply);

    const struct candidate *candidate = settings_candidate(settings, connection->uid);
    const struct candidate empty = {
        .uid = connection->uid,
        .base_revision = settings->core->store.saved.revision,
    };
    return reply_parameters(
        reply_object("staged", settings_candidate_json(candidate ? candidate : &empty)), ret_reply);
}

int method_clear_staged(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    bool dropped = settings_clear(api_of(connection)->settings, connection->uid);

    (void)call;
    return reply_parameters(reply_object("dropped", json_object_new_boolean(dropped)), ret_reply);
}

int method_commit(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    struct settings *settings = api_of(connection)->settings;
    const struct candidate *candidate = settings_candidate(settings, connection->uid);
    const char *comment = json_get_string(call->parameters, "comment");
    struct settings_conflict conflict = { 0 };
    struct refusal refusal;
    json_object *done;

    if (comment && !settings_comment_is_good(comment))
        return reply_error(
            "org.varlink.service.InvalidParameter", reply_string("parameter", "comment"), ret_reply);
    enum settings_result result =
        settings_commit(settings, connection->uid, comment, &done, &conflict, &refusal);
    if (result != SETTINGS_DONE)
        return reply_result(userdata, result, candidate && candidate->server ? candidate->server : "",
            &refusal, &conflict, ret_reply);
    return reply_parameters(reply_object("commit", json_object_get(done)), ret_reply);
}

/* Makes the reply with the newest commits, n of them, as text. NULL without memory. */
static char *make_commits_text(json_object *all, size_t n, size_t *ret_size)
{
    json_object *commits = json_object_new_array(), *message = NULL;

    for (size_t i = 0; commits && i < n; i++)
        json_object_array_add(commits, json_object_get(json_object_array_get_idx(all, i)));
    if (reply_parameters(reply_object("commits", commits), &message) < 0)
        return NULL;
    const char *text = json_text(message, ret_size);
    char *copy = text ? strdup(text) : NULL;
    json_object_put(message);
    return copy;
}

/* Makes the reply with as many commits as have room; halves the range of their number with each try. */
static char *make_fitting_text(json_object *all, size_t room, size_t *ret_size)
{
    size_t fits = 0, n = json_object_array_length(all), too_many = n + 1, size;
    char *text = make_commits_text(all, 0, ret_size);

    while (text && too_many - fits > 1) {
        char *next = make_commits_text(all, n, &size);

        if (next && size < room) {
            free(text);
            text = next;
            *ret_size = size;
            fits = n;
        } else {
            free(next);
            too_many = n;
        }
        n = fits + (too_many - fits) / 2;
    }
    return text;
}

void settings_forget_commits_reply(struct api *api)
{
    free(api->commits.text);
    api->commits.text = NULL;
}

/* Replies the commits, the newest first, without the oldest ones if the reply would be too long. The text is made once for
 * each commit: with long comments that is the costliest work of all methods. */
int method_list_commits(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct connection *connection = userdata;
    struct api *api = api_of(connection);
    const struct core *core = api->core;
    struct commits_reply *reply = &api->commits;
    int64_t revision = core->store.saved.revision, room = core->config->max_output;

    (void)ret_reply;
    if (!reply->text || reply->revision != revision || reply->room != room) {
        settings_forget_commits_reply(api);
        reply->text = make_fitting_text(document_commits(core->store.document), (size_t)room, &reply->size);
        reply->revision = revision;
        reply->room = room;
    }
    if (!reply->text)
        return -ENOMEM;
    if (call->oneway)
        return 1;
    int r = varlink_stream_queue_text(&connection->stream, reply->text, reply->size);
    return r < 0 ? r : 1;
}
