#include "worker/sse/reply.h"

#include "common/limits.h"
#include "common/log.h"
#include "common/service.h"
#include "varlink/worker.h"
#include "worker/http/status.h"
#include "worker/sse/member.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

enum {
    MESSAGE_SHOWN = 200,
    SCHEME_MAX = 16,
    /* As many as a call of the worker may have: json-c takes hundreds of bytes for each. */
    VALUES_MAX = 1024,
};

/* The questions: a status means something else after a token than after a client certificate. */
enum question {
    QUESTION_CREATE,
    QUESTION_ACTIVATE,
    QUESTION_STATUS,
    QUESTION_DELETE,
};

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
    const struct http_status *foreign = http_find_status(status);
    enum reason reason = REASON_NONE;

    if (foreign)
        return foreign->reason;
    if (status >= 500)
        return REASON_SERVER_ERROR;
    if (status == 401 || status == 403) {
        if (question == QUESTION_ACTIVATE)
            reason = reason_of_refused_token(code);
        if (reason == REASON_NONE && http_clock_is_wrong(response))
            reason = REASON_CLOCK_SKEW;
        /* These calls have shown a certificate. */
        if (reason == REASON_NONE && (question == QUESTION_STATUS || question == QUESTION_DELETE))
            reason = REASON_CERTIFICATE_REFUSED;
        return reason == REASON_NONE ? REASON_SERVER_ERROR : reason;
    }
    if ((status == 404 || status == 410) && question == QUESTION_STATUS)
        return REASON_REMOVED_IN_PORTAL;
    if (status == 409 && question == QUESTION_ACTIVATE && streq(code, "device_conflict"))
        return REASON_DEVICE_CONFLICT;
    return REASON_UNEXPECTED_REPLY;
}

/* Returns the error object of an answer if it is well-formed, else NULL. */
static json_object *get_error(json_object *body)
{
    json_object *error = json_get_object(body, "error");

    return member_text(error, "code", LIMIT_NAME) && json_get_string(error, "message") ? error : NULL;
}

static int fail_answer(struct call_context *context, enum question question,
    const struct http_response *response, json_object *body)
{
    const struct http_status *foreign = http_find_status(response->status);
    json_object *error = get_error(body);
    char code[64], message[MESSAGE_SHOWN + 1];

    bool shown = question == QUESTION_STATUS || question == QUESTION_DELETE;
    bool refused = shown && http_refuses_certificate(response);

    if (response->intercepted && (refused || response->status == 401 || response->status == 403))
        return http_fail_intercepted(context, response);
    if (!error && refused)
        return http_fail_certificate(context, response);
    if (!error && foreign)
        return failure_set(&context->failure, REASON_UNEXPECTED_REPLY, "%s %s: it answered %ld.",
            response->url.authority, foreign->what, response->status);
    if (!error)
        return http_fail_unexpected(context, response, "something that is not the cloud's");

    failure_quote(&context->failure, json_get_string(error, "code"), code, sizeof(code));
    failure_quote(&context->failure, json_get_string(error, "message"), message, sizeof(message));
    enum reason reason = reason_of_error(question, response, json_get_string(error, "code"));
    const char *region = reason == REASON_WRONG_REGION ? member_text(error, "region", LIMIT_REGION) : NULL;
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

/* Tells once for an answer which members of it can't be used and count as absent. */
static void log_left_out(const struct http_response *response, const struct left_out *left_out)
{
    if (*left_out->names)
        log_warning("The answer of %s has members that can't be used and are ignored: %s (request id %s)",
            response->url.authority, left_out->names, response->request_id);
}

/* Copies the tenant to the reply if the answer has one that can be used. Returns 0 or -ENOMEM. */
static int add_tenant(json_object *body, json_object *reply, struct left_out *left_out)
{
    json_object *tenant = json_get_object(body, "tenant"), *copy;
    const char *id = member_text(tenant, "id", LIMIT_NAME);
    const char *name = member_text(tenant, "name", LIMIT_NAME);

    if (!id || !name) {
        if (json_object_object_get(body, "tenant"))
            left_out_add(left_out, "tenant");
        return 0;
    }
    copy = json_object_new_object();
    if (!copy || json_add_string(copy, "id", id) < 0 || json_add_string(copy, "name", name) < 0) {
        json_object_put(copy);
        return -ENOMEM;
    }
    return json_add(reply, "tenant", copy);
}

/* True if a label can be one segment of a path. */
static bool label_is_safe(const char *label)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    return !label || (label[strspn(label, allowed)] == 0 && !streq(label, ".") && !streq(label, ".."));
}

/* Returns the scheme by its name in the interface, NULL if it is none that we know. Case does not count (RFC 9110,
 * 11.1). */
static const char *read_scheme(json_object *enrollment)
{
    static const char *const schemes[] = { WORKER_ENROLLMENT_SCHEME_NAMES };
    const char *scheme = member_text(enrollment, "scheme", SCHEME_MAX);

    for (size_t i = 0; scheme && i < ELEMENTS(schemes); i++)
        if (strcasecmp(schemes[i], scheme) == 0)
            return schemes[i];
    return NULL;
}

static const char *read_label(json_object *enrollment, struct left_out *left_out)
{
    const char *label =
        member_optional_text(enrollment, "label", LIMIT_ACTIVATION_LABEL, "enrollment.label", left_out);

    if (label_is_safe(label))
        return label;
    left_out_add(left_out, "enrollment.label");
    return NULL;
}

/* Sets the URL of the EST server; NULL if none is named that makes a URL for every operation. Returns 0 or -ENOMEM. */
static int read_est_url(
    json_object *enrollment, const char *label, struct left_out *left_out, const char **ret)
{
    const char *url = member_optional_text(enrollment, "url", LIMIT_URL, "enrollment.url", left_out);
    _cleanup_free_ char *longest = NULL;
    struct url_parts parts;

    *ret = url;
    if (!url)
        return 0;
    int r = url_est(url, label, "simplereenroll", &longest);
    if (r >= 0)
        r = url_parse(longest, &parts);
    if (r == -EINVAL) {
        left_out_add(left_out, "enrollment.url");
        *ret = NULL;
        return 0;
    }
    return r;
}

/* Reads the credential. Returns 0; -EBADMSG and the required member that is missing or can't be used; -ENOMEM. */
static int read_enrollment(
    json_object *in, struct left_out *left_out, json_object **ret, const char **ret_missing)
{
    _cleanup_json_erase_ json_object *out = json_object_new_object();
    const char *scheme = read_scheme(in), *secret = member_text(in, "secret", LIMIT_SECRET), *url;
    const char *username = member_text(in, "username", LIMIT_NAME);
    int64_t expires;

    if (!out)
        return -ENOMEM;
    /* HTTP Basic ends the user name at the first colon. */
    if (username && strchr(username, ':'))
        username = NULL;
    bool basic = scheme && streq(scheme, "basic");
    *ret_missing = !in                  ? "enrollment"
                   : !scheme            ? "enrollment.scheme"
                   : !secret            ? "enrollment.secret"
                   : basic && !username ? "enrollment.username"
                                        : NULL;
    if (*ret_missing)
        return -EBADMSG;

    const char *label = read_label(in, left_out);
    int r = read_est_url(in, label, left_out, &url);
    if (r < 0)
        return r;
    if (json_add_string(out, "url", url) < 0 || json_add_string(out, "label", label) < 0 ||
        json_add_string(out, "username", username) < 0 || json_add_string(out, "scheme", scheme) < 0 ||
        json_add_string(out, "secret", secret) < 0)
        return -ENOMEM;
    if (member_optional_number(
            in, "expires", 0, SERVICE_TIME_MAX, "enrollment.expires", left_out, &expires) &&
        json_add_int(out, "expires", expires) < 0)
        return -ENOMEM;
    *ret = TAKE_PTR(out);
    return 0;
}

/* Reads the body (NULL: not a JSON object) of an answer into the reply. Returns as read_answer(). */
typedef int (*body_reader)(struct call_context *context, const struct http_response *response,
    json_object *body, json_object *reply);

/* Parses a body, behind a byte order mark if it has one (RFC 8259, 8.1). Returns as json_parse_answer(). */
static int parse_body(const struct http_response *response, json_object **ret)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t skip = response->size >= 3 && memcmp(response->body, mark, 3) == 0 ? 3 : 0;

    return response->size > skip
               ? json_parse_answer(response->body + skip, response->size - skip, VALUES_MAX, ret)
               : -EBADMSG;
}

/* Makes the reply of an answer. Returns 0, -EREMOTEIO and the context's failure, or -ENOMEM. */
static int read_answer(struct call_context *context, const struct http_response *response,
    body_reader read_body, json_object **ret)
{
    _cleanup_json_erase_ json_object *body = NULL, *reply = json_object_new_object();

    if (!reply)
        return -ENOMEM;
    http_note_response(context, response);
    int r = parse_body(response, &body);
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

/* Fails the call for a member that the answer must have. */
static int fail_member(struct call_context *context, const struct http_response *response, const char *member)
{
    char found[96];

    snprintf(found, sizeof(found), "JSON without a usable \"%s\"", member);
    return http_fail_unexpected(context, response, found);
}

static int read_activated(
    struct call_context *context, const struct http_response *response, json_object *body, json_object *reply)
{
    struct left_out left_out = { 0 };
    json_object *enrollment = NULL;
    const char *missing;

    if (response->status != 201 && response->status != 200)
        return fail_answer(context, QUESTION_ACTIVATE, response, body);
    if (!body)
        return http_fail_unexpected(context, response, "something that is no JSON object");

    int r = read_enrollment(json_get_object(body, "enrollment"), &left_out, &enrollment, &missing);
    if (r == -EBADMSG)
        return fail_member(context, response, missing);
    if (r >= 0)
        r = json_add(reply, "enrollment", enrollment);
    if (r >= 0)
        r = add_tenant(body, reply, &left_out);
    log_left_out(response, &left_out);
    return r;
}

static int read_status(
    struct call_context *context, const struct http_response *response, json_object *body, json_object *reply)
{
    const char *status = member_text(body, "status", LIMIT_STATUS);
    struct left_out left_out = { 0 };
    int64_t interval;

    if (response->status != 200)
        return fail_answer(context, QUESTION_STATUS, response, body);
    if (!body)
        return http_fail_unexpected(context, response, "something that is no JSON object");
    if (!status)
        return fail_member(context, response, "status");

    int r = json_add_string(reply, "status", status);
    if (r >= 0 && member_optional_number(body, "refreshInterval", 1, LIMIT_REFRESH_INTERVAL,
                      "refreshInterval", &left_out, &interval))
        r = json_add_int(reply, "refreshInterval", interval);
    if (r >= 0 && response->clock_known)
        r = json_add_int(reply, "clockOffset", response->clock_offset);
    if (r >= 0)
        r = add_tenant(body, reply, &left_out);
    log_left_out(response, &left_out);
    return r;
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
