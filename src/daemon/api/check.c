#include "daemon/api/check.h"

#include "common/log.h"
#include "daemon/manager.h"
#include "daemon/registration/steps.h"
#include "daemon/state/schema.h"
#include "daemon/worker/link.h"
#include "daemon/worker/request.h"

#include <errno.h>
#include <stdio.h>

#define AGENT "org.threatresponse.agent"
#define WORKER "org.threatresponse.worker"

/* A device that no cloud knows. */
#define NO_GUID "00000000-0000-0000-0000-000000000000"

void check_stop(struct check *check)
{
    check->job = worker_link_free(check->job);
    check->asker = NULL;
}

void check_forget(struct check *check, const struct connection *asker)
{
    if (check->asker == asker)
        check_stop(check);
}

/* The check is over, and the client gets its last message, which is taken over (NULL: no memory for it). */
static void end(struct check *check, json_object *message)
{
    struct connection *asker = check->asker;

    check_stop(check);
    connection_end_stream(asker, message);
}

static void end_with(struct check *check, const char *message)
{
    json_object *parameters = json_object_new_object();

    log_warning("The check ended early: %s", message);
    json_add_string(parameters, "reason", reason_to_string(REASON_WORKER_FAILED));
    json_add_string(parameters, "message", message);
    json_add_string(parameters, "remedy", reason_remedy(REASON_WORKER_FAILED));
    end(check, parameters ? varlink_make_error(AGENT ".Refused", parameters) : NULL);
}

/* The finding with its remedy; NULL if it makes no sense. */
static json_object *read_finding(json_object *parameters)
{
    json_object *finding = json_get_object(parameters, "result");
    const char *given = json_get_string(finding, "reason");
    enum reason reason = reason_from_string(given);
    char name[128];

    if (service_check_fields(fields_check_reply, parameters, name, sizeof(name)) < 0 ||
        json_get_bool(finding, "ok", false) != (given == NULL) || (given && reason == REASON_NONE))
        return NULL;
    if (reason != REASON_NONE && json_add_string(finding, "remedy", reason_remedy(reason)) < 0)
        return NULL;
    return json_object_get(parameters);
}

static void on_replied(void *userdata, const struct varlink_reply *reply)
{
    struct check *check = userdata;
    char text[256];

    if (reply->error) {
        snprintf(text, sizeof(text), "The worker answered %s to the check.", reply->error);
        end_with(check, text);
        return;
    }
    json_object *parameters = read_finding(reply->parameters);
    if (!parameters)
        end_with(check, "The worker's reply makes no sense.");
    else if (reply->continues)
        connection_stream(check->asker, varlink_make_part(parameters));
    else
        end(check, varlink_make_reply(parameters));
}

static void on_failed(void *userdata, const char *message)
{
    end_with(userdata, message);
}

static const struct worker_link_callbacks callbacks = { on_replied, on_failed };

/* Where the EST server is: as the registration knows it, unless another server is asked for. */
static const char *est_url(const struct manager *manager, const struct region *server, char *out, size_t size)
{
    const char *saved = json_get_string(store_registration(manager->store.document), "estUrl");

    if (!saved || server)
        return steps_est_url(manager->config, NULL, out, size);
    snprintf(out, size, "%s", saved);
    return out;
}

/* The host of the server that is asked for, or of the one in use. */
static const char *host_of(const struct manager *manager, const struct region *server)
{
    const char *used =
        json_get_string(json_get_object(store_registration(manager->store.document), "server"), "fqdn");

    if (server)
        return server->fqdn;
    return used ? used : manager_region(manager)->fqdn;
}

static json_object *make_request(const struct manager *manager, const struct region *server)
{
    json_object *request = request_new(manager), *urls = json_object_new_array();
    char url[STEPS_URL_MAX];

    if (!request || !urls || json_add(request, "sse", urls) < 0)
        return json_put_erased(request);
    request_sse_url(host_of(manager, server), manager->config->path_status, NO_GUID, url, sizeof(url));
    json_object_array_add(urls, json_object_new_string(url));
    request_add_est(request, manager->config, est_url(manager, server, url, sizeof(url)), false);
    return request;
}

/* Adds the host of a URL with its port. */
static void add_host(json_object *hosts, const char *service, const char *url)
{
    json_object *host = json_object_new_object();
    /* A state file may name anything. */
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

/* The first reply comes at once: the client sees that its call has been taken. */
static json_object *first_reply(const struct manager *manager, json_object *request)
{
    json_object *parameters = json_object_new_object(), *hosts = json_object_new_array();
    const char *proxy = request_nonempty(manager->config->proxy);

    if (!parameters || !hosts || json_add(parameters, "hosts", hosts) < 0)
        return NULL;
    add_host(
        hosts, "sse", json_object_get_string(json_object_array_get_idx(json_get_array(request, "sse"), 0)));
    add_host(hosts, "est", json_get_string(json_get_object(request, "est"), "url"));
    json_add_string(parameters, "proxy", proxy);
    return varlink_make_part(parameters);
}

bool check_start(
    struct manager *manager, struct connection *asker, const struct region *server, struct refusal *ret)
{
    struct check *check = &manager->check;
    const char *address = manager_worker_address(manager);
    json_object *request = NULL, *first = NULL;
    int r;

    if (check->job)
        return refusal_set(ret, REASON_BUSY, "A check is running already.");
    r = worker_link_new(manager->event, address, log_level_to_string(manager_log_level(manager)), &callbacks,
        check, &check->job);
    if (r < 0)
        return refusal_set(ret, REASON_WORKER_FAILED, "The worker %s can't be started or reached: %s.",
            address, strerror(-r));

    *check = (struct check){ manager, check->job, asker };
    request = make_request(manager, server);
    first = request ? first_reply(manager, request) : NULL;
    r = first ? varlink_stream_queue(&asker->stream, first) : -ENOMEM;
    json_object_put(first);
    if (r >= 0)
        r = worker_link_stream(check->job, WORKER ".Check", request, manager->config->worker_timeout);
    else
        json_put_erased(request);
    if (r < 0) {
        check_stop(check);
        return refusal_set(ret, REASON_WORKER_FAILED, "The worker can't be asked: %s.", strerror(-r));
    }
    return true;
}
