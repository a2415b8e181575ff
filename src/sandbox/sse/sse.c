#include "sandbox/sse/sse.h"

#include "common/json.h"
#include "sandbox/base/random-text.h"
#include "sandbox/faults/quirk.h"
#include "sandbox/sse/client-info.h"
#include "sandbox/sse/token.h"
#include "sandbox/web/peer.h"

#include <errno.h>
#include <string.h>
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

static int not_found(struct answer *answer)
{
    return answer_set_error(answer, 404, "not_found", "This server does not know the device.");
}

int create_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_json_ json_object *body = NULL, *context = NULL, *document = json_object_new_object();
    _cleanup_close_ int lock = -1;
    json_object *info;
    bool exists;
    int r;

    if (!document)
        return -ENOMEM;
    r = request_read_json(request, answer, &body);
    if (r > 0)
        r = client_info_check(answer, body, NULL, &info);
    if (r > 0)
        r = client_settings_check(answer, body, request->host);
    if (r <= 0)
        return r;
    lock = store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    r = context_load(&sandbox->store, request->host->region, json_get_string(info, "guid"), &context);
    if (r < 0 && r != -ENOENT)
        return r;
    exists = r >= 0;
    if (!exists) {
        context = context_new(request->host->region, json_get_string(info, "guid"), info);
        if (!context)
            return -ENOMEM;
        r = context_save(&sandbox->store, context);
        if (r < 0)
            return r;
    }
    r = json_add_string(document, "guid", json_get_string(info, "guid"));
    if (r < 0)
        return r;
    return answer_set_json(answer, exists ? 200 : 201, document, exists ? "exists" : "created");
}

static int new_enrollment(const struct sandbox *sandbox, const struct request *request, json_object **ret)
{
    _cleanup_json_ json_object *enrollment = json_object_new_object();
    bool basic = fault_find(request->faults, "credential") ? fault_number(request, "credential")
                                                           : sandbox->settings.basic;
    char secret[SECRET_LENGTH + 1];
    int r;

    if (!enrollment)
        return -ENOMEM;
    r = make_random_text(secret, SECRET_LENGTH);
    if (r >= 0)
        r = json_add_string(enrollment, "secret", secret);
    if (r >= 0)
        r = json_add_string(enrollment, "scheme", basic ? "basic" : "bearer");
    if (r >= 0 && basic)
        r = json_add_string(enrollment, "username", request->guid);
    if (r >= 0)
        r = json_add_int(enrollment, "expires", time(NULL) + sandbox->settings.token_validity);
    if (r >= 0)
        r = json_add_string(enrollment, "guid", request->guid);
    if (r >= 0)
        r = json_add_string(enrollment, "region", request->host->region);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(enrollment);
    return 0;
}

/* What the device gets to see: the credential without our own index fields, and where to use it. */
static int answer_enrollment(const struct request *request, struct answer *answer, json_object *enrollment)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    json_object *shown = json_object_new_object();
    const char *username = json_get_string(enrollment, "username");
    int r;

    if (!document) {
        json_object_put(shown);
        return -ENOMEM;
    }
    r = json_add(document, "enrollment", shown);
    if (r >= 0)
        r = json_add_string(shown, "url", EST_URL);
    if (r >= 0)
        r = json_add_string(shown, "label", request->host->est_label);
    if (r >= 0)
        r = json_add_string(shown, "scheme", json_get_string(enrollment, "scheme"));
    if (r >= 0 && username)
        r = json_add_string(shown, "username", username);
    if (r >= 0)
        r = json_add_string(shown, "secret", json_get_string(enrollment, "secret"));
    if (r >= 0)
        r = json_add_int(shown, "expires", json_get_int(enrollment, "expires", 0));
    if (r >= 0)
        r = add_tenant(document);
    return r < 0 ? r : answer_set_json(answer, 201, document, "activated");
}

/* The token is marked first: after an untimely end in between, the device asks again and gets the same. */
static int exchange(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    json_object *token, json_object *context)
{
    _cleanup_json_ json_object *enrollment = NULL;
    int r;

    if (token_answer(token)) {
        enrollment = json_object_get(token_answer(token));
    } else {
        r = new_enrollment(sandbox, request, &enrollment);
        if (r >= 0)
            r = token_use(&sandbox->store, token, request->guid, enrollment);
        if (r < 0)
            return r;
    }
    r = context_activate(&sandbox->store, context, enrollment);
    if (r >= 0)
        r = context_save(&sandbox->store, context);
    return r < 0 ? r : answer_enrollment(request, answer, enrollment);
}

int activate_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_json_ json_object *body = NULL, *token = NULL, *context = NULL;
    _cleanup_close_ int lock = -1;
    const char *text;
    int r;

    r = request_read_json(request, answer, &body);
    if (r <= 0)
        return r;
    text = json_get_string(body, "token");
    if (!text)
        return answer_set_error(answer, 400, "malformed", "token is missing or is not a string.");
    lock = store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    r = context_load(&sandbox->store, request->host->region, request->guid, &context);
    if (r == -ENOENT)
        return not_found(answer);
    if (r >= 0)
        r = token_load(&sandbox->store, text, &token);
    if (r < 0 && r != -ENOENT)
        return r;
    switch (token_judge(token, request->host->region, request->guid, time(NULL))) {
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
    if (context_find_elsewhere(&sandbox->store, request->host->region, request->guid))
        return answer_set_error(answer, 409, "device_conflict", "The device is registered elsewhere.");
    return exchange(sandbox, request, answer, token, context);
}

/* Admits a mutual-TLS call. 1: *ret is the context, *ret_lock is held. 0: refused, the answer is filled. */
static int admit(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    json_object **ret, int *ret_lock)
{
    _cleanup_json_ json_object *context = NULL;
    _cleanup_close_ int lock = -1;
    const char *problem = NULL;
    struct peer peer;
    int r;

    r = peer_identify(request->tls, &sandbox->authorities, &peer, &problem);
    if (r == -EACCES)
        return answer_set_error(answer, 401, "unauthorized", problem);
    if (r < 0)
        return r;
    if (strcmp(peer.common_name, request->guid) != 0)
        return answer_set_error(answer, 401, "unauthorized", "The client certificate is of another device.");
    lock = store_lock(&sandbox->store);
    if (lock < 0)
        return lock;
    r = context_load(&sandbox->store, request->host->region, request->guid, &context);
    if (r == -ENOENT)
        return not_found(answer);
    if (r < 0)
        return r;
    if (!context_has_certificate(context, peer.serial))
        return answer_set_error(answer, 401, "unauthorized",
            "The client certificate is of an earlier registration of the device.");
    *ret = TAKE_PTR(context);
    *ret_lock = lock;
    lock = -1;
    return 1;
}

static int answer_status(const struct sandbox *sandbox, struct answer *answer)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    int r;

    if (!document)
        return -ENOMEM;
    r = json_add_string(document, "status", "Enrolled");
    if (r >= 0)
        r = json_add_int(document, "refreshInterval", sandbox->settings.refresh_interval);
    if (r >= 0)
        r = add_tenant(document);
    return r < 0 ? r : answer_set_json(answer, 200, document, "enrolled");
}

int report_status(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_json_ json_object *context = NULL;
    _cleanup_close_ int lock = -1;
    const char *status;
    int r;

    r = admit(sandbox, request, answer, &context, &lock);
    if (r <= 0)
        return r;
    status = json_get_string(context, "status");
    if (!status || strcmp(status, "enrolled") != 0) {
        r = json_add_string(context, "status", "enrolled");
        if (r >= 0)
            r = context_save(&sandbox->store, context);
        if (r < 0)
            return r;
    }
    return answer_status(sandbox, answer);
}

int refresh_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_json_ json_object *body = NULL, *context = NULL;
    _cleanup_close_ int lock = -1;
    json_object *info;
    int r;

    r = admit(sandbox, request, answer, &context, &lock);
    if (r > 0)
        r = request_read_json(request, answer, &body);
    if (r > 0)
        r = client_info_check(answer, body, request->guid, &info);
    if (r <= 0)
        return r;
    r = json_add(context, "clientInfo", json_object_get(info));
    if (r >= 0)
        r = json_add_string(context, "status", "enrolled");
    if (r >= 0)
        r = json_add_int(context, "lastRefresh", time(NULL));
    if (r >= 0)
        r = context_save(&sandbox->store, context);
    return r < 0 ? r : answer_status(sandbox, answer);
}

int delete_context(const struct sandbox *sandbox, const struct request *request, struct answer *answer)
{
    _cleanup_json_ json_object *context = NULL;
    _cleanup_close_ int lock = -1;
    int r;

    r = admit(sandbox, request, answer, &context, &lock);
    if (r <= 0)
        return r;
    r = context_remove(&sandbox->store, request->host->region, request->guid);
    return r < 0 ? r : answer_set_empty(answer, 204, "deleted");
}
