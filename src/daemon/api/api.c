#include "daemon/api/api.h"

#include "common/idl.h"
#include "common/log.h"
#include "common/user-name.h"
#include "daemon/api/status.h"
#include "daemon/manager.h"
#include "daemon/registration/identity.h"

#include <errno.h>
#include <stdio.h>

#define AGENT "org.threatresponse.agent"

static struct manager *manager_of(void *userdata)
{
    return ((struct connection *)userdata)->server->manager;
}

static json_object *object_of(const char *key, json_object *value)
{
    json_object *object = json_object_new_object();

    if (!object || !value || json_add(object, key, value) < 0) {
        json_object_put(value);
        json_object_put(object);
        return NULL;
    }
    return object;
}

static json_object *refused(const struct refusal *refusal)
{
    json_object *parameters = object_of("reason", json_object_new_string(reason_to_string(refusal->reason)));

    if (!parameters)
        return NULL;
    json_add_string(parameters, "message", refusal->message);
    json_add_string(parameters, "remedy", reason_remedy(refusal->reason));
    return varlink_make_error(AGENT ".Refused", parameters);
}

/* Hands a reply to the dispatcher. */
static int reply(json_object *message, json_object **ret_reply)
{
    if (!message)
        return -ENOMEM;
    *ret_reply = message;
    return 0;
}

static int reply_object(const char *key, json_object *value, json_object **ret_reply)
{
    json_object *parameters = object_of(key, value);

    return parameters ? reply(varlink_make_reply(parameters), ret_reply) : -ENOMEM;
}

static int get_status(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct connection *connection = userdata;
    size_t size;

    (void)ret_reply;
    if (call->more) {
        connection->watching = true;
        return 1;
    }
    if (call->oneway)
        return 1;
    const char *text = manager_status_reply(manager_of(userdata), false, &size);
    if (!text)
        return -ENOMEM;
    /* Replies to calls that came together go together. */
    bool alone = !varlink_stream_partial(&connection->stream);
    int r = alone ? varlink_stream_send_text(&connection->stream, text, size)
                  : varlink_stream_queue_text(&connection->stream, text, size);
    return r < 0 ? r : 1;
}

static int list_servers(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct manager *manager = manager_of(userdata);
    json_object *servers = json_object_new_array();

    (void)call;
    for (size_t i = 0; servers && i < manager->config->n_regions; i++)
        json_object_array_add(servers, status_region_json(manager, manager->config->regions[i].label, NULL));
    return reply_object("servers", servers, ret_reply);
}

static json_object *setting(const struct manager *manager, const char *name, const char *value)
{
    json_object *object = object_of("name", json_object_new_string(name));

    if (!object)
        return NULL;
    json_add_string(object, "value", value);
    json_add_string(object, "source", settings_is_committed(manager, name) ? "commit" : "default");
    return object;
}

static int get_settings(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    const struct manager *manager = manager_of(userdata);
    const struct candidate *candidate = settings_candidate(manager, connection->uid);
    json_object *settings = json_object_new_array(), *parameters = object_of("settings", settings);

    (void)call;
    if (!parameters)
        return -ENOMEM;
    json_object_array_add(
        settings, setting(manager, "enabled", settings_enabled(manager) ? "true" : "false"));
    json_object_array_add(settings, setting(manager, "server", settings_server(manager)));
    json_add_int(parameters, "revision", settings_revision(manager));
    if (candidate)
        json_add(parameters, "staged", settings_candidate_json(candidate));
    return reply(varlink_make_reply(parameters), ret_reply);
}

static json_object *conflict_error(const struct settings_conflict *conflict)
{
    json_object *parameters = object_of("setting", json_object_new_string(conflict->setting));

    if (!parameters)
        return NULL;
    json_add_string(parameters, "committed", conflict->committed);
    json_add_string(parameters, "staged", conflict->staged);
    json_add_int(parameters, "revision", json_get_int(conflict->commit, "revision", 0));
    json_add_string(parameters, "userName", json_get_string(conflict->commit, "userName"));
    json_add_int(parameters, "uid", json_get_int(conflict->commit, "uid", 0));
    json_add_int(parameters, "time", json_get_int(conflict->commit, "time", 0));
    return varlink_make_error(AGENT ".CommitConflict", parameters);
}

/* The error of a result that is not SETTINGS_DONE. */
static int reply_result(enum settings_result result, const char *server, const struct refusal *refusal,
    const struct settings_conflict *conflict, json_object **ret_reply)
{
    switch (result) {
    case SETTINGS_REFUSED:
        return reply(refused(refusal), ret_reply);
    case SETTINGS_UNKNOWN_SERVER:
        return reply(
            varlink_make_error(AGENT ".UnknownServer", object_of("server", json_object_new_string(server))),
            ret_reply);
    case SETTINGS_UNSUPPORTED_SERVER:
        return reply(varlink_make_error(
                         AGENT ".UnsupportedServer", object_of("server", json_object_new_string(server))),
            ret_reply);
    case SETTINGS_NOTHING_STAGED:
        return reply(varlink_make_error(AGENT ".NothingStaged", NULL), ret_reply);
    case SETTINGS_CONFLICT:
        return reply(conflict_error(conflict), ret_reply);
    case SETTINGS_DONE:
        break;
    }
    return -EINVAL;
}

static int stage(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    struct manager *manager = manager_of(userdata);
    bool enabled = json_get_bool(call->parameters, "enabled", false);
    bool has_enabled = call->parameters && json_object_object_get(call->parameters, "enabled");
    const char *server = json_get_string(call->parameters, "server");
    const struct settings_conflict none = { 0 };
    struct refusal refusal;

    enum settings_result result =
        settings_stage(manager, connection->uid, has_enabled ? &enabled : NULL, server, &refusal);
    if (result != SETTINGS_DONE)
        return reply_result(result, server, &refusal, &none, ret_reply);

    const struct candidate *candidate = settings_candidate(manager, connection->uid);
    const struct candidate empty = { .uid = connection->uid, .base_revision = settings_revision(manager) };
    return reply_object("staged", settings_candidate_json(candidate ? candidate : &empty), ret_reply);
}

static int clear_staged(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;

    (void)call;
    return reply_object(
        "dropped", json_object_new_boolean(settings_clear(manager_of(userdata), connection->uid)), ret_reply);
}

static int commit(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    struct manager *manager = manager_of(userdata);
    const struct candidate *candidate = settings_candidate(manager, connection->uid);
    const char *comment = json_get_string(call->parameters, "comment");
    struct settings_conflict conflict = { 0 };
    struct refusal refusal;
    json_object *done;

    if (comment && !settings_comment_is_good(comment))
        return reply(varlink_make_error("org.varlink.service.InvalidParameter",
                         object_of("parameter", json_object_new_string("comment"))),
            ret_reply);
    enum settings_result result =
        settings_commit(manager, connection->uid, comment, &done, &conflict, &refusal);
    if (result != SETTINGS_DONE)
        return reply_result(
            result, candidate && candidate->server ? candidate->server : "", &refusal, &conflict, ret_reply);
    return reply_object("commit", json_object_get(done), ret_reply);
}

/* The newest come first; the oldest are left out where a reply can't hold all. */
static int list_commits(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    enum {
        STEP = 5,
    };
    const struct manager *manager = manager_of(userdata);
    json_object *all = store_commits(manager->store.document), *commits = json_object_new_array(), *message;
    size_t n = json_object_array_length(all), size;

    (void)call;
    for (size_t i = 0; commits && i < n; i++)
        json_object_array_add(commits, json_object_get(json_object_array_get_idx(all, i)));
    int r = reply_object("commits", commits, &message);
    if (r < 0)
        return r;
    for (; n > STEP && json_text(message, &size) && size >= (size_t)manager->config->max_output; n -= STEP)
        json_object_array_del_idx(commits, n - STEP, STEP);
    *ret_reply = message;
    return 0;
}

static void log_request(const struct connection *connection, const char *what)
{
    char name[128];

    log_notice("%s asked to %s.", user_name_get(connection->uid, name, sizeof(name)), what);
}

/* Whoever asks for a change of the registration is recorded with it, too. */
static void note_request(const struct connection *connection, const char *what)
{
    log_request(connection, what);
    registration_set_requester(&connection->server->manager->registration, connection->uid);
}

static int do_register(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct refusal refusal;

    note_request(userdata, "register the appliance");
    if (!registration_register(
            &manager_of(userdata)->registration, json_get_string(call->parameters, "token"), &refusal))
        return reply(refused(&refusal), ret_reply);
    return reply(varlink_make_reply(NULL), ret_reply);
}

static int deregister(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    bool local_only = json_get_bool(call->parameters, "localOnly", false);
    const char *notice;
    struct refusal refusal;

    note_request(userdata, local_only ? "deregister the appliance locally" : "deregister the appliance");
    if (!registration_deregister(&manager_of(userdata)->registration, local_only, &notice, &refusal))
        return reply(refused(&refusal), ret_reply);
    if (notice)
        return reply_object("notice", json_object_new_string(notice), ret_reply);
    return reply(varlink_make_reply(NULL), ret_reply);
}

static int cancel(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    enum operation operation;
    struct refusal refusal;

    (void)call;
    note_request(userdata, "cancel the running operation");
    if (!registration_cancel(&manager_of(userdata)->registration, &operation, &refusal))
        return reply(refused(&refusal), ret_reply);
    if (operation == OPERATION_NONE) {
        const char *state = state_names[registration_state(&manager_of(userdata)->registration)];
        return reply(
            varlink_make_error(AGENT ".NothingToCancel", object_of("state", json_object_new_string(state))),
            ret_reply);
    }
    return reply_object("operation", json_object_new_string(operation_names[operation]), ret_reply);
}

static int renew(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct refusal refusal;

    (void)call;
    note_request(userdata, "renew the certificate");
    if (!registration_renew(&manager_of(userdata)->registration, &refusal))
        return reply(refused(&refusal), ret_reply);
    return reply(varlink_make_reply(NULL), ret_reply);
}

static int reset_identity(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct refusal refusal;

    (void)call;
    note_request(userdata, "forget the identity of the appliance");
    if (!identity_reset(&manager_of(userdata)->registration, &refusal))
        return reply(refused(&refusal), ret_reply);
    return reply(varlink_make_reply(NULL), ret_reply);
}

static int check(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct connection *connection = userdata;
    struct manager *manager = manager_of(userdata);
    const char *name = json_get_string(call->parameters, "server");
    const struct region *server = name ? config_find_region(manager->config, name) : NULL;
    struct refusal refusal;

    if (name && !server)
        return reply_result(SETTINGS_UNKNOWN_SERVER, name, NULL, NULL, ret_reply);
    log_request(userdata, "check the way to the cloud");
    if (!check_start(manager, connection, server, &refusal))
        return reply(refused(&refusal), ret_reply);
    connection->checking = true;
    return 1;
}

static int get_certificate(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    json_object *saved = store_registration(manager_of(userdata)->store.document);
    const char *certificate = json_get_string(saved, "certificate");
    struct refusal refusal = { REASON_NOT_REGISTERED, "The appliance has no certificate." };

    (void)call;
    if (!certificate)
        return reply(refused(&refusal), ret_reply);
    json_object *parameters = object_of("certificate", json_object_new_string(certificate));
    json_add_string(parameters, "chain", json_get_string(saved, "chain"));
    json_add(parameters, "info", status_certificate_json(saved));
    return parameters ? reply(varlink_make_reply(parameters), ret_reply) : -ENOMEM;
}

static int get_metrics(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    bool prometheus = streq0(json_get_string(call->parameters, "format"), "prometheus");
    _cleanup_free_ char *text =
        metrics_text(manager_of(userdata), prometheus ? METRICS_PROMETHEUS : METRICS_OPENMETRICS);

    return text ? reply_object("metrics", json_object_new_string(text), ret_reply) : -ENOMEM;
}

static const char *const metrics_formats[] = { "openmetrics", "prometheus", NULL };

#define FIELDS(...) ((const struct service_field[]){ __VA_ARGS__, { 0 } })

static const struct service_method methods[] = {
    { "GetStatus", NULL, SERVICE_READ, get_status },
    { "ListServers", NULL, SERVICE_READ, list_servers },
    { "GetSettings", NULL, SERVICE_READ, get_settings },
    { "Stage", FIELDS({ "enabled", SERVICE_BOOL, true }, { "server", SERVICE_STRING, true, 1, 256 }),
        SERVICE_WRITE, stage },
    { "ClearStaged", NULL, SERVICE_WRITE, clear_staged },
    { "Commit", FIELDS({ "comment", SERVICE_STRING, true, 0, 4 * SETTINGS_COMMENT_MAX }), SERVICE_WRITE,
        commit },
    { "ListCommits", NULL, SERVICE_READ, list_commits },
    { "Register", FIELDS({ "token", SERVICE_STRING, false, 0, 4096 }), SERVICE_WRITE, do_register },
    { "Deregister", FIELDS({ "localOnly", SERVICE_BOOL, true }), SERVICE_WRITE, deregister },
    { "Cancel", NULL, SERVICE_WRITE, cancel },
    { "Renew", NULL, SERVICE_WRITE, renew },
    { "ResetIdentity", NULL, SERVICE_WRITE, reset_identity },
    { "Check", FIELDS({ "server", SERVICE_STRING, true, 1, 256 }), SERVICE_WRITE, check, .streams = true },
    { "GetCertificate", NULL, SERVICE_READ, get_certificate },
    { "GetMetrics", FIELDS({ "format", SERVICE_ENUM, true, 0, 0, metrics_formats }), SERVICE_READ,
        get_metrics },
    { 0 },
};

_Static_assert(ELEMENTS(methods) <= METRICS_METHODS_MAX, "each method is counted");

const struct service_interface api_interface = { AGENT, idl_agent, methods };
