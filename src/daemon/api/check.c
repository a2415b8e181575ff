#include "daemon/api/check.h"

#include "common/log.h"
#include "common/user-name.h"
#include "daemon/api/reply.h"
#include "daemon/registration/failure.h"
#include "daemon/worker/errand.h"
#include "daemon/worker/replies.h"
#include "daemon/worker/request.h"

#include <errno.h>
#include <stdio.h>

/* The guid of a device that no cloud knows. */
#define NO_GUID "00000000-0000-0000-0000-000000000000"

static const struct errand_call call_check = { "Check", reply_check, .streams = true };

static void stop_check(struct check *check)
{
    check->errand = errand_free(check->errand);
    check->asker = NULL;
}

static void on_client_gone(struct connection *connection, void *data)
{
    (void)connection;
    stop_check(data);
}

static const struct connection_role checker = { .closed = on_client_gone };

/* Ends the check and sends the last message to the client. Takes it over (NULL: there was no memory for it). */
static void end_check(struct check *check, json_object *message)
{
    struct connection *asker = check->asker;

    stop_check(check);
    connection_send_last(asker, message);
}

static void on_failed(void *userdata, const struct errand_failure *failure)
{
    log_warning("The check ended early: %s", failure->message);
    end_check(
        userdata, reply_make_refusal(failure->reason, failure->message, reason_remedy(failure->reason)));
}

/* Adds the remedy to a finding. Returns a reference to the parameters; NULL if the finding contradicts itself. */
static json_object *complete_finding(json_object *parameters)
{
    json_object *finding = json_get_object(parameters, "result");
    const char *given = json_get_string(finding, "reason");
    enum reason reason = reason_from_string(given);

    if (json_get_bool(finding, "ok", false) != (given == NULL) || (given && reason == REASON_NONE))
        return NULL;
    if (reason != REASON_NONE && json_add_string(finding, "remedy", reason_remedy(reason)) < 0)
        return NULL;
    return json_object_get(parameters);
}

static void on_replied(void *userdata, json_object *parameters, bool last)
{
    const struct errand_failure contradiction = { REASON_WORKER_FAILED, "The worker's reply is malformed.",
        NULL };
    struct check *check = userdata;
    json_object *finding = complete_finding(parameters);

    if (!finding)
        on_failed(check, &contradiction);
    else if (last)
        end_check(check, varlink_make_reply(finding));
    else
        connection_send_part(check->asker, varlink_make_part(finding));
}

static const struct errand_owner owner = { on_replied, on_failed };

/* Returns the host of the given region (NULL: of the one in use). */
static const char *choose_region_host(const struct core *core, const struct region *region)
{
    const char *used = core->store.saved.region_fqdn;

    if (region)
        return region->fqdn;
    return used ? used : core_region(core)->fqdn;
}

static json_object *make_request(const struct core *core, const struct region *region)
{
    json_object *request = request_new(core), *urls = json_object_new_array();
    char url[REQUEST_URL_MAX];

    if (!request || !urls || json_add(request, "sse", urls) < 0)
        return json_put_erased(request);
    request_sse_url(choose_region_host(core, region), core->config->path_status, NO_GUID, url, sizeof(url));
    json_object_array_add(urls, json_object_new_string(url));
    request_add_est(request, core->config, region ? NULL : &core->store.saved, false);
    return request;
}

/* Adds the host of a URL with its port. */
static void add_host(json_object *hosts, const char *service, const char *url)
{
    json_object *host = json_object_new_object();
    /* The URL may come from the state file, which may name anything. */
    const char *name = strncasecmp(url, "https://", 8) == 0 ? url + 8 : url;
    int length = (int)strcspn(name, "/");
    const char *bracket = memchr(name, ']', (size_t)length), *rest = bracket ? bracket : name;
    bool has_port = memchr(rest, ':', (size_t)(name + length - rest));
    char text[512];

    if (!host)
        return;
    snprintf(text, sizeof(text), "%.*s%s", length, name, has_port ? "" : ":443");
    json_add_string(host, "service", service);
    json_add_string(host, "host", text);
    json_object_array_add(hosts, host);
}

/* Returns the first reply, which is sent at once: the client sees that its call was accepted. */
static json_object *make_first_reply(const struct core *core, json_object *request)
{
    json_object *hosts = json_object_new_array(), *parameters = reply_object("hosts", hosts);

    if (!parameters)
        return NULL;
    add_host(
        hosts, "sse", json_object_get_string(json_object_array_get_idx(json_get_array(request, "sse"), 0)));
    add_host(hosts, "est", json_get_string(json_get_object(request, "est"), "url"));
    json_add_string(parameters, "proxy", request_nonempty(core->config->proxy));
    return varlink_make_part(parameters);
}

/* Asks the worker and queues the first reply. Returns false and the refusal if that fails. */
static bool start_check(
    struct api *api, struct connection *asker, const struct region *region, struct refusal *ret)
{
    json_object *request = make_request(api->core, region);
    _cleanup_json_ json_object *first = request ? make_first_reply(api->core, request) : NULL;
    struct errand_failure failure;

    if (!errand_start_call(api->check.errand, &call_check, request, &failure))
        return refusal_set(ret, failure.reason, "%s", failure.message);
    int r = first ? varlink_stream_queue(&asker->stream, first) : -ENOMEM;
    if (r < 0)
        return refusal_set(ret, REASON_WORKER_FAILED, "The client can't be answered: %s.", strerror(-r));
    return true;
}

int method_check(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct connection *connection = userdata;
    struct api *api = api_of(connection);
    const char *name = json_get_string(call->parameters, "server");
    const struct region *region = name ? config_find_region(api->core->config, name) : NULL;
    struct refusal refusal;
    char user[128];

    if (core_config_is_missing(api->core, &refusal))
        return reply_refusal(&refusal, ret_reply);
    if (name && !region)
        return reply_error(AGENT_INTERFACE ".UnknownServer", reply_string("server", name), ret_reply);
    log_notice("%s asked to check the way to the cloud.", user_name_get(connection->uid, user, sizeof(user)));
    if (!region && !core_check_region(api->core, &refusal)) {
        failure_fit_refusal(api->registration, &refusal);
        return reply_refusal(&refusal, ret_reply);
    }
    if (api->check.errand) {
        refusal_set(&refusal, REASON_BUSY, "A check is running already.");
        snprintf(refusal.remedy, sizeof(refusal.remedy), "Wait until it has ended.");
        return reply_refusal(&refusal, ret_reply);
    }
    int r = errand_new(api->core, ERRAND_FOR_CLIENT, &owner, &api->check, &api->check.errand);
    if (r < 0) {
        refusal_set(&refusal, r == -EBUSY ? REASON_BUSY : REASON_WORKER_FAILED,
            r == -EBUSY ? "Too many calls are waiting for a worker." : "There is no memory for the check.");
        if (r == -EBUSY)
            snprintf(refusal.remedy, sizeof(refusal.remedy), "Try again in a moment.");
        return reply_refusal(&refusal, ret_reply);
    }
    if (!start_check(api, connection, region, &refusal)) {
        stop_check(&api->check);
        return reply_refusal(&refusal, ret_reply);
    }
    api->check.asker = connection;
    connection_set_role(connection, &checker, &api->check);
    return 1;
}
