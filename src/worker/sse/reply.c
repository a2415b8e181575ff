#include "worker/sse/reply.h"

#include "common/service.h"

#include <errno.h>
#include <stdio.h>

enum {
    NAME_MAX_BYTES = 256,
    SECRET_MAX = 4096,
    LABEL_MAX = 128,
    MESSAGE_SHOWN = 200,
    REGION_MAX = 63,
    REFRESH_INTERVAL_MAX = 30 * 86400,
};

/* What was asked: the same status means something else after a token than after a client certificate. */
enum question {
    QUESTION_CREATE,
    QUESTION_ACTIVATE,
    QUESTION_STATUS,
    QUESTION_DELETE,
};

/* Returns a member that is a text of 1 to max printable bytes, else NULL. */
static const char *get_text(json_object *object, const char *key, size_t max)
{
    const char *text = json_get_string(object, key);
    size_t length = text ? strlen(text) : 0;

    if (length == 0 || length > max)
        return NULL;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return NULL;
    return text;
}

static bool has_member(json_object *object, const char *key)
{
    return json_object_object_get(object, key) != NULL;
}

static enum reason reason_of_refused_token(const char *code)
{
    static const struct {
        const char *code;
        enum reason reason;
    } codes[] = {
        { "token_invalid", REASON_TOKEN_REJECTED },
        { "token_expired", REASON_TOKEN_REJECTED },
        { "token_used", REASON_TOKEN_REJECTED },
        { "wrong_region", REASON_WRONG_REGION },
    };

    for (size_t i = 0; i < ELEMENTS(codes); i++)
        if (streq(codes[i].code, code))
            return codes[i].reason;
    return REASON_NONE;
}

/* Returns the reason that a well-formed error stands for. */
static enum reason reason_of_error(
    enum question question, const struct http_response *response, const char *code)
{
    long status = response->status;
    enum reason reason = REASON_NONE;

    if (status == 429)
        return REASON_RATE_LIMITED;
    if (status >= 500)
        return REASON_SERVER_ERROR;
    if (status == 401 || status == 403) {
        if (question == QUESTION_ACTIVATE)
            reason = reason_of_refused_token(code);
        if (reason == REASON_NONE)
            reason = http_clock_is_wrong(response) ? REASON_CLOCK_SKEW : REASON_SERVER_ERROR;
        return reason;
    }
    if ((status == 404 || status == 410) && question == QUESTION_STATUS)
        return REASON_REMOVED_IN_PORTAL;
    if (status == 409 && question == QUESTION_ACTIVATE && streq(code, "device_conflict"))
        return REASON_ALREADY_REGISTERED;
    return REASON_UNEXPECTED_REPLY;
}

/* Returns the error object of an answer if it is well-formed, else NULL. */
static json_object *get_error(json_object *body)
{
    json_object *error = json_get_object(body, "error");

    return get_text(error, "code", NAME_MAX_BYTES) && json_get_string(error, "message") ? error : NULL;
}

static int fail_answer(struct call_context *context, enum question question,
    const struct http_response *response, json_object *body)
{
    json_object *error = get_error(body);
    char code[64], message[MESSAGE_SHOWN + 1];

    if (!error)
        return http_fail_unexpected(context, response, "something that is not the cloud's");

    failure_quote(&context->failure, json_get_string(error, "code"), code, sizeof(code));
    failure_quote(&context->failure, json_get_string(error, "message"), message, sizeof(message));
    enum reason reason = reason_of_error(question, response, json_get_string(error, "code"));
    const char *region = reason == REASON_WRONG_REGION ? get_text(error, "region", REGION_MAX) : NULL;
    if (region && failure_add_detail(&context->failure, "region", region) < 0)
        return -ENOMEM;
    if (reason == REASON_CLOCK_SKEW)
        return failure_set(&context->failure, reason,
            "%s refused the appliance (%ld %s), and this clock is %lld s %s the server's: %s",
            response->url.authority, response->status, code,
            (long long)(response->clock_offset < 0 ? -response->clock_offset : response->clock_offset),
            response->clock_offset < 0 ? "behind" : "ahead of", message);
    return failure_set(&context->failure, reason, "%s answered %ld %s: %s", response->url.authority,
        response->status, code, *message ? message : "(no message)");
}

/* Copies the tenant to the reply if the answer has one. Returns 0, -EBADMSG if it is malformed, or -ENOMEM. */
static int add_tenant(json_object *body, json_object *reply)
{
    json_object *tenant = json_get_object(body, "tenant");
    const char *id = get_text(tenant, "id", NAME_MAX_BYTES);
    const char *name = get_text(tenant, "name", NAME_MAX_BYTES);

    if (!has_member(body, "tenant"))
        return 0;
    if (!id || !name)
        return -EBADMSG;

    json_object *copy = json_object_new_object();
    if (!copy || json_add_string(copy, "id", id) < 0 || json_add_string(copy, "name", name) < 0) {
        json_object_put(copy);
        return -ENOMEM;
    }
    return json_add(reply, "tenant", copy);
}

/* Copies an optional text. Returns 0, -EBADMSG if it is malformed, or -ENOMEM. */
static int add_text(json_object *from, json_object *to, const char *key, size_t max)
{
    const char *text = get_text(from, key, max);

    if (!text)
        return has_member(from, key) ? -EBADMSG : 0;
    return json_add_string(to, key, text);
}

/* True if a label can be one segment of a path. */
static bool label_is_safe(const char *label)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    return !label || (label[strspn(label, allowed)] == 0 && !streq(label, ".") && !streq(label, ".."));
}

static int read_enrollment(json_object *in, json_object **ret)
{
    _cleanup_json_erase_ json_object *out = json_object_new_object();
    const char *scheme = get_text(in, "scheme", 16), *secret = get_text(in, "secret", SECRET_MAX);
    const char *url = get_text(in, "url", URL_MAX), *username = get_text(in, "username", NAME_MAX_BYTES);
    int64_t expires = json_get_int(in, "expires", -1);
    struct url_parts parts;

    if (!out)
        return -ENOMEM;
    if (!scheme || !secret || (!streq(scheme, "bearer") && !streq(scheme, "basic")))
        return -EBADMSG;
    if (streq(scheme, "basic") && (!username || strchr(username, ':')))
        return -EBADMSG;
    if ((url && url_parse(url, &parts) < 0) || !label_is_safe(json_get_string(in, "label")))
        return -EBADMSG;
    if (has_member(in, "expires") && (expires < 0 || expires > SERVICE_TIME_MAX))
        return -EBADMSG;

    int r = add_text(in, out, "url", URL_MAX);
    if (r >= 0)
        r = add_text(in, out, "label", LABEL_MAX);
    if (r >= 0)
        r = add_text(in, out, "username", NAME_MAX_BYTES);
    if (r < 0)
        return r;
    if (json_add_string(out, "scheme", scheme) < 0 || json_add_string(out, "secret", secret) < 0 ||
        (expires >= 0 && json_add_int(out, "expires", expires) < 0))
        return -ENOMEM;
    *ret = TAKE_PTR(out);
    return 0;
}

/* Reads the body (NULL: not a JSON object) of an answer into the reply. Returns as read_answer(). */
typedef int (*body_reader)(struct call_context *context, const struct http_response *response,
    json_object *body, json_object *reply);

/* Makes the reply of an answer. Returns 0, -EREMOTEIO and the context's failure, or -ENOMEM. */
static int read_answer(struct call_context *context, const struct http_response *response,
    body_reader read_body, json_object **ret)
{
    _cleanup_json_erase_ json_object *body = NULL, *reply = json_object_new_object();

    if (!reply)
        return -ENOMEM;
    http_note_response(context, response);
    int r = response->size ? json_parse(response->body, response->size, &body) : -EBADMSG;
    if (r != -ENOMEM)
        r = read_body(context, response, body, reply);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(reply);
    return 0;
}

static int read_created(
    struct call_context *context, const struct http_response *response, json_object *body, json_object *reply)
{
    bool created = response->status == 201;
    bool existed = response->status == 200 || (response->status == 409 && get_error(body));

    if (!created && !existed)
        return fail_answer(context, QUESTION_CREATE, response, body);
    if (!body)
        return http_fail_unexpected(context, response, "something that is not a JSON object");
    return json_add_bool(reply, "created", created);
}

/* Adds the tenant. r is the result of reading the rest; -EBADMSG fails the call. */
static int finish_reply(struct call_context *context, const struct http_response *response, int r,
    json_object *body, json_object *reply, const char *problem)
{
    if (r >= 0)
        r = add_tenant(body, reply);
    return r == -EBADMSG ? http_fail_unexpected(context, response, problem) : r;
}

static int read_activated(
    struct call_context *context, const struct http_response *response, json_object *body, json_object *reply)
{
    json_object *enrollment = NULL;

    if (response->status != 201 && response->status != 200)
        return fail_answer(context, QUESTION_ACTIVATE, response, body);

    int r = read_enrollment(json_get_object(body, "enrollment"), &enrollment);
    if (r >= 0)
        r = json_add(reply, "enrollment", enrollment);
    return finish_reply(context, response, r, body, reply, "no enrolment credential of the expected shape");
}

static int read_status(
    struct call_context *context, const struct http_response *response, json_object *body, json_object *reply)
{
    const char *status = get_text(body, "status", 64);
    int64_t interval = json_get_int(body, "refreshInterval", -1);
    bool bad_interval =
        has_member(body, "refreshInterval") && (interval < 1 || interval > REFRESH_INTERVAL_MAX);

    if (response->status != 200)
        return fail_answer(context, QUESTION_STATUS, response, body);
    if (!status || bad_interval)
        return http_fail_unexpected(context, response, "no status of the expected shape");

    int r = json_add_string(reply, "status", status);
    if (r >= 0 && interval > 0)
        r = json_add_int(reply, "refreshInterval", interval);
    if (r >= 0 && response->clock_known)
        r = json_add_int(reply, "clockOffset", response->clock_offset);
    return finish_reply(context, response, r, body, reply, "a tenant that is not of the expected shape");
}

static int read_deleted(
    struct call_context *context, const struct http_response *response, json_object *body, json_object *reply)
{
    bool existed = response->status == 202 || response->status == 204;
    bool gone = (response->status == 404 || response->status == 410) && get_error(body);

    if (!existed && !gone)
        return fail_answer(context, QUESTION_DELETE, response, body);
    return json_add_bool(reply, "existed", existed);
}

static int read_probed(
    struct call_context *context, const struct http_response *response, json_object *body, json_object *reply)
{
    (void)reply;
    if (response->status == 429 || response->status >= 500 || !get_error(body))
        return fail_answer(context, QUESTION_STATUS, response, body);
    return 0;
}

int sse_answer_created(struct call_context *context, const struct http_response *response, json_object **ret)
{
    return read_answer(context, response, read_created, ret);
}

int sse_answer_activated(
    struct call_context *context, const struct http_response *response, json_object **ret)
{
    return read_answer(context, response, read_activated, ret);
}

int sse_answer_status(struct call_context *context, const struct http_response *response, json_object **ret)
{
    return read_answer(context, response, read_status, ret);
}

int sse_answer_deleted(struct call_context *context, const struct http_response *response, json_object **ret)
{
    return read_answer(context, response, read_deleted, ret);
}

int sse_answer_probed(struct call_context *context, const struct http_response *response, json_object **ret)
{
    return read_answer(context, response, read_probed, ret);
}
