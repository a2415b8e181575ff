#include "sandbox/sse/sse.h"

#include "common/json.h"
#include "sandbox/base/random-text.h"
#include "sandbox/faults/words.h"
#include "sandbox/sse/client-info.h"
#include "sandbox/sse/context.h"
#include "sandbox/sse/token.h"
#include "sandbox/web/peer.h"

#include <errno.h>
#include <time.h>

#define TENANT_ID "7f0c2a52-6d1e-4b7c-9a41-5e0b6d9c3a10"

static int add_tenant(json_object *document)
{
    json_object *tenant = json_object_new_object();
    int r;

    r = json_add(document, "tenant", tenant);
    if (r >= 0)
        r = json_add_string(tenant, "id", TENANT_ID);
    return r < 0 ? r : json_add_string(tenant, "name", TENANT_NAME);
}

static int create_context(const struct call *call, struct answer *answer)
{
    const struct request *request = call->request;
    const struct store *store = &call->cloud->store;
    _cleanup_json_ json_object *body = NULL, *context = NULL, *document = json_object_new_object();
    _cleanup_close_ int lock = -1;
    json_object *info;
    bool exists;
    int r;

    r = request_read_json(request, answer, &body);
    if (r > 0)
        r = client_info_check(answer, body, NULL, &info);
    if (r > 0)
        r = client_settings_check(answer, body, request->host);
    if (r <= 0)
        return r;
    lock = store_lock(store);
    if (lock < 0)
        return lock;
    r = context_load(store, request->host->region, json_get_string(info, "guid"), &context);
    if (r < 0 && r != -ENOENT)
        return r;
    exists = r >= 0;
    if (!exists) {
        context = context_new(request->host->region, json_get_string(info, "guid"), info);
        r = context ? context_save(store, context) : -ENOMEM;
        if (r < 0)
            return r;
    }
    r = json_add_string(document, "guid", json_get_string(info, "guid"));
    if (r < 0)
        return r;
    return answer_set_json(answer, exists ? 200 : 201, document, exists ? "exists" : "created");
}

/* Loads the context of the path. 1: *ret is the context, *ret_lock is held. 0: refused. */
static int load_context(const struct call *call, struct answer *answer, json_object **ret, int *ret_lock)
{
    _cleanup_close_ int lock = store_lock(&call->cloud->store);
    int r;

    if (lock < 0)
        return lock;
    r = context_load(&call->cloud->store, call->request->host->region, call->guid, ret);
    if (r == -ENOENT)
        return answer_set_error(answer, 404, "not_found", "This server does not know the device.");
    if (r < 0)
        return r;
    *ret_lock = TAKE_FD(lock);
    return 1;
}

static int make_enrollment(const struct call *call, json_object **ret)
{
    _cleanup_json_ json_object *enrollment = json_object_new_object();
    const struct settings *settings = &call->cloud->settings;
    bool basic =
        fault_find(call->faults, "credential") ? fault_number(call->faults, "credential") : settings->basic;
    char secret[SECRET_LENGTH + 1];
    int r;

    r = make_random_text(secret, SECRET_LENGTH);
    if (r >= 0)
        r = json_add_string(enrollment, "secret", secret);
    if (r >= 0)
        r = json_add_string(enrollment, "scheme", basic ? "basic" : "bearer");
    if (r >= 0)
        r = json_add_string(enrollment, "username", basic ? call->guid : NULL);
    if (r >= 0)
        r = json_add_int(enrollment, "expires", time(NULL) + settings->token_validity);
    if (r >= 0)
        r = json_add_string(enrollment, "guid", call->guid);
    if (r >= 0)
        r = json_add_string(enrollment, "region", call->request->host->region);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(enrollment);
    return 0;
}

/* Gives the device the credential without guid and region, which only the EST server needs. Names no EST
 * server if another one is in use: the agent's configuration names it. */
static int answer_enrollment(const struct call *call, struct answer *answer, json_object *enrollment)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    json_object *shown = json_object_new_object();
    bool foreign = call->cloud->settings.device_ca != NULL;
    int r;

    r = json_add(document, "enrollment", shown);
    if (r >= 0 && !foreign)
        r = json_add_string(shown, "url", EST_URL);
    if (r >= 0 && !foreign)
        r = json_add_string(shown, "label", call->request->host->est_label);
    if (r >= 0)
        r = json_add_string(shown, "scheme", json_get_string(enrollment, "scheme"));
    if (r >= 0)
        r = json_add_string(shown, "username", json_get_string(enrollment, "username"));
    if (r >= 0)
        r = json_add_string(shown, "secret", json_get_string(enrollment, "secret"));
    if (r >= 0)
        r = json_add_int(shown, "expires", json_get_int(enrollment, "expires", 0));
    if (r >= 0)
        r = add_tenant(document);
    return r < 0 ? r : answer_set_json(answer, 201, document, "activated");
}

/* Marks the token first: if the sandbox ends in between, the device asks again and gets the same credential. */
static int exchange_token(
    const struct call *call, struct answer *answer, json_object *token, json_object *context)
{
    const struct store *store = &call->cloud->store;
    _cleanup_json_ json_object *enrollment = json_object_get(token_answer(token));
    int r = 0;

    if (!enrollment) {
        r = make_enrollment(call, &enrollment);
        if (r >= 0)
            r = token_use(store, token, call->guid, enrollment);
    }
    if (r >= 0)
        r = context_activate(store, context, enrollment);
    if (r >= 0)
        r = context_save(store, context);
    return r < 0 ? r : answer_enrollment(call, answer, enrollment);
}

/* Judges the token. 1: it may be exchanged. 0: refused. */
static int check_token(const struct call *call, struct answer *answer, json_object *token)
{
    switch (token_judge(token, call->request->host->region, call->guid, time(NULL))) {
    case TOKEN_INVALID:
        return answer_set_error(answer, 401, "token_invalid", "The token was never issued.");
    case TOKEN_EXPIRED:
        return answer_set_error(answer, 401, "token_expired", "The token has expired.");
    case TOKEN_USED:
        return answer_set_error(answer, 403, "token_used", "The token was used by another device.");
    case TOKEN_WRONG_REGION:
        return answer_set_region_error(
            answer, 403, "wrong_region", "The token is for another region.", token_region(token));
    case TOKEN_FRESH:
    case TOKEN_REPEAT:
        break;
    }
    return 1;
}

static int activate_context(const struct call *call, struct answer *answer)
{
    const struct store *store = &call->cloud->store;
    _cleanup_json_ json_object *body = NULL, *token = NULL, *context = NULL;
    _cleanup_close_ int lock = -1;
    const char *text;
    int r;

    r = request_read_json(call->request, answer, &body);
    if (r <= 0)
        return r;
    text = json_get_string(body, "token");
    if (!text)
        return answer_set_error(answer, 400, "malformed", "token is missing or is not a string.");
    r = load_context(call, answer, &context, &lock);
    if (r <= 0)
        return r;
    r = token_load(store, text, &token);
    if (r < 0 && r != -ENOENT)
        return r;
    r = check_token(call, answer, token);
    if (r <= 0)
        return r;
    if (context_find_elsewhere(store, call->request->host->region, call->guid))
        return answer_set_error(answer, 409, "device_conflict", "The device is registered elsewhere.");
    return exchange_token(call, answer, token, context);
}

/* Admits a call with a client certificate. 1: *ret is the context, *ret_lock is held. 0: refused. */
/* Stores a certificate from another EST server. 0 or negative errno. */
static int adopt_certificate(const struct call *call, json_object *context, const struct peer *peer)
{
    int r = context_add_certificate(context, peer->serial, peer->expires, time(NULL));

    return r < 0 ? r : context_save(&call->cloud->store, context);
}

static int admit_device(const struct call *call, struct answer *answer, json_object **ret, int *ret_lock)
{
    const char *problem = NULL;
    struct peer peer;
    int r;

    r = peer_identify(call->request->tls, &call->cloud->authorities, &peer, &problem);
    if (r == -EACCES)
        return answer_set_error(answer, 401, "unauthorized", problem);
    if (r < 0)
        return r;
    if (!streq(peer.common_name, call->guid))
        return answer_set_error(answer, 401, "unauthorized", "The client certificate is of another device.");
    r = load_context(call, answer, ret, ret_lock);
    if (r <= 0 || context_has_certificate(*ret, peer.serial))
        return r;
    if (!peer.foreign)
        return answer_set_error(answer, 401, "unauthorized",
            "The client certificate is of an earlier registration of the device.");
    r = adopt_certificate(call, *ret, &peer);
    return r < 0 ? r : 1;
}

static int answer_status(const struct call *call, struct answer *answer)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    int r;

    r = json_add_string(document, "status", "Enrolled");
    if (r >= 0)
        r = json_add_int(document, "refreshInterval", call->cloud->settings.refresh_interval);
    if (r >= 0)
        r = add_tenant(document);
    return r < 0 ? r : answer_set_json(answer, 200, document, "enrolled");
}

static int report_status(const struct call *call, struct answer *answer)
{
    _cleanup_json_ json_object *context = NULL;
    _cleanup_close_ int lock = -1;
    int r;

    r = admit_device(call, answer, &context, &lock);
    if (r <= 0)
        return r;
    if (!streq0(json_get_string(context, "status"), "enrolled")) {
        r = json_add_string(context, "status", "enrolled");
        if (r >= 0)
            r = context_save(&call->cloud->store, context);
        if (r < 0)
            return r;
    }
    return answer_status(call, answer);
}

static int refresh_context(const struct call *call, struct answer *answer)
{
    _cleanup_json_ json_object *body = NULL, *context = NULL;
    _cleanup_close_ int lock = -1;
    json_object *info;
    int r;

    r = admit_device(call, answer, &context, &lock);
    if (r > 0)
        r = request_read_json(call->request, answer, &body);
    if (r > 0)
        r = client_info_check(answer, body, call->guid, &info);
    if (r <= 0)
        return r;
    r = json_add(context, "clientInfo", json_object_get(info));
    if (r >= 0)
        r = json_add_string(context, "status", "enrolled");
    if (r >= 0)
        r = json_add_int(context, "lastRefresh", time(NULL));
    if (r >= 0)
        r = context_save(&call->cloud->store, context);
    return r < 0 ? r : answer_status(call, answer);
}

static int delete_context(const struct call *call, struct answer *answer)
{
    _cleanup_json_ json_object *context = NULL;
    _cleanup_close_ int lock = -1;
    int r;

    r = admit_device(call, answer, &context, &lock);
    if (r <= 0)
        return r;
    r = context_remove(&call->cloud->store, call->request->host->region, call->guid);
    return r < 0 ? r : answer_set_empty(answer, 204, "deleted");
}

const struct endpoint sse_endpoints[] = {
    { "contexts", "POST", "/v1/contexts", create_context },
    { "activations", "POST", "/v1/contexts/{guid}/activations", activate_context },
    { "status", "GET", "/v1/contexts/{guid}/status", report_status },
    { "refresh", "POST", "/v1/contexts/{guid}/refresh", refresh_context },
    { "delete", "DELETE", "/v1/contexts/{guid}", delete_context },
    { NULL },
};
