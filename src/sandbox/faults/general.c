#include "common/memory.h"
#include "sandbox/faults/kinds.h"
#include "sandbox/faults/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OVERSIZE (2 * 1024 * 1024)

/* Returns the code that an error of this status usually has. */
static const char *usual_code(unsigned status)
{
    static const struct {
        unsigned status;
        const char *code;
    } codes[] = { { 400, "malformed" }, { 401, "unauthorized" }, { 403, "forbidden" }, { 404, "not_found" },
        { 409, "device_conflict" }, { 410, "gone" }, { 429, "rate_limited" }, { 503, "unavailable" } };

    for (size_t i = 0; i < ELEMENTS(codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return status >= 500 ? "server_error" : "fault";
}

static int apply_status(const struct fault *fault, struct answer *answer)
{
    unsigned status = (unsigned)strtoul(fault->value, NULL, 10);
    const char *code = fault->code ? fault->code : usual_code(status);
    int r;

    if (status == 204 || status == 304)
        r = answer_set_empty(answer, status, "fault");
    else
        r = answer_set_error(answer, status, code, "The sandbox was told to answer this.");
    if (r >= 0 && status >= 300 && status < 400)
        r = answer_set_header(answer, "Location", "https://portal.example.org/");
    if (r >= 0 && fault->retry_after)
        r = answer_set_header(answer, "Retry-After", fault->retry_after);
    return r;
}

/* Servers and proxies for debugging repeat the request in their error. */
static int apply_echo(const struct fault *fault, struct answer *answer)
{
    const struct request *request = answer->request;
    const char *authorization = request->authorization ? request->authorization : "nothing";
    _cleanup_free_ char *message = NULL, *challenge = NULL;
    int r = apply_status(fault, answer);

    if (r < 0 || !answer->body)
        return r;
    if (asprintf(&message, "You sent %s with %s.", authorization, request->body) < 0 ||
        asprintf(&challenge, "Basic realm=\"%s\"", authorization) < 0)
        return -ENOMEM;
    r = answer_set_error(
        answer, answer->status, fault->code ? fault->code : usual_code(answer->status), message);
    return r < 0 ? r : answer_set_header(answer, "WWW-Authenticate", challenge);
}

static int apply_delay(const struct fault *fault, struct answer *answer)
{
    answer->delay += (int64_t)(strtod(fault->value, NULL) * 1000);
    return 0;
}

static int apply_drop(const struct fault *fault, struct answer *answer)
{
    (void)fault;
    answer->drop = true;
    return 0;
}

/* Replaces a status that forbids a body: the fault is in the body. */
static void give_body(struct answer *answer)
{
    if (answer->status == 204 || answer->status == 304)
        answer->status = 200;
}

static int apply_truncate(const struct fault *fault, struct answer *answer)
{
    (void)fault;
    answer->truncate = true;
    give_body(answer);
    return 0;
}

/* White space leaves JSON and base64 valid: only a limit of the size catches this fault. */
static int apply_oversize(const struct fault *fault, struct answer *answer)
{
    char *body = malloc(OVERSIZE + 1);

    (void)fault;
    if (!body)
        return -ENOMEM;
    memset(body, ' ', OVERSIZE);
    if (answer->size > 0)
        memcpy(body, answer->body, answer->size);
    body[OVERSIZE] = '\0';
    free(answer->body);
    answer->body = body;
    answer->size = OVERSIZE;
    give_body(answer);
    return 0;
}

static int apply_content_type(const struct fault *fault, struct answer *answer)
{
    return answer_set_header(answer, "Content-Type", fault->value);
}

static int apply_html(const struct fault *fault, struct answer *answer)
{
    static const char page[] =
        "<!DOCTYPE html>\n<html><head><title>Guest network</title></head>"
        "<body><h1>Welcome</h1><p>Accept the terms to use this network.</p></body></html>\n";
    char *body = strdup(page);

    (void)fault;
    return body ? answer_take_body(answer, 200, "text/html; charset=utf-8", body, sizeof(page) - 1) : -ENOMEM;
}

static int apply_bad_json(const struct fault *fault, struct answer *answer)
{
    static const char document[] = "{\"status\": \"Enrolled\", \"tenant\": {\"id\": ";

    (void)fault;
    give_body(answer);
    return answer_replace_body(answer, document, strlen(document));
}

static int apply_empty(const struct fault *fault, struct answer *answer)
{
    (void)fault;
    return answer_replace_body(answer, "", 0);
}

static int apply_clock(const struct fault *fault, struct answer *answer)
{
    answer->clock_offset = strtoll(fault->value, NULL, 10);
    return 0;
}

static int show_expired(struct answer *answer)
{
    answer->certificate = TLS_EXPIRED;
    return 0;
}

static int show_foreign(struct answer *answer)
{
    answer->certificate = TLS_FOREIGN;
    return 0;
}

static int show_wrong_name(struct answer *answer)
{
    answer->certificate = TLS_WRONG_NAME;
    return 0;
}

static const struct fault_word certificates[] = {
    { "expired", "an expired one", .answer = show_expired },
    { "foreign", "one of an unknown CA", .answer = show_foreign },
    { "wrong-name", "one for another host", .answer = show_wrong_name },
    { NULL },
};

static int require_single(struct answer *answer)
{
    answer->client_rule = CLIENT_SINGLE;
    return 0;
}

static int require_chain(struct answer *answer)
{
    answer->client_rule = CLIENT_CHAIN;
    return 0;
}

static int require_whole_chain(struct answer *answer)
{
    answer->client_rule = CLIENT_TWO_ISSUERS;
    return 0;
}

static int require_any(struct answer *answer)
{
    answer->client_rule = CLIENT_REQUIRED;
    return 0;
}

static const struct fault_word client_rules[] = {
    { "single", "refuse a client that sends two certificates", .answer = require_single },
    { "chain", "refuse a client that sends its certificate without the issuer's", .answer = require_chain },
    { "two-issuers", "refuse a client that sends its certificate without those of two issuers",
        .answer = require_whole_chain },
    { "required", "refuse a client without a certificate", .answer = require_any },
    { NULL },
};

static int redirect_same(struct answer *answer)
{
    _cleanup_free_ char *location = NULL;
    int r;

    if (asprintf(&location, "%s?moved", answer->request->path) < 0)
        return -ENOMEM;
    r = answer_set_empty(answer, 307, "moved");
    return r < 0 ? r : answer_set_header(answer, "Location", location);
}

/* Redirects by a reference that has only the last segment of the path (RFC 3986, 4.2). */
static int redirect_relative(struct answer *answer)
{
    _cleanup_free_ char *location = NULL;
    int r;

    if (asprintf(&location, "%s?moved", strrchr(answer->request->path, '/') + 1) < 0)
        return -ENOMEM;
    r = answer_set_empty(answer, 307, "moved");
    return r < 0 ? r : answer_set_header(answer, "Location", location);
}

static int redirect_other(struct answer *answer)
{
    int r = answer_set_empty(answer, 307, "moved");

    return r < 0 ? r : answer_set_header(answer, "Location", "https://portal.example.org/");
}

static const struct fault_word redirects[] = {
    { "same", "to the same path (use it with --times 1)", .answer = redirect_same },
    { "relative", "the same, by a reference without a path (use it with --times 1)",
        .answer = redirect_relative },
    { "other", "to another server", .answer = redirect_other },
    { NULL },
};

const struct fault_kind general_kinds[] = {
    { "status", VALUE_STATUS, PLACE_HTTP, STAGE_INSTEAD, apply_status,
        "answer with this status and an error" },
    { "echo", VALUE_STATUS, PLACE_HTTP, STAGE_INSTEAD, apply_echo,
        "answer with this status and an error that repeats the request, with its secrets" },
    { "delay", VALUE_SECONDS, PLACE_HTTP | PLACE_TLS, STAGE_BEFORE, apply_delay,
        "wait before anything else" },
    { "drop", VALUE_NONE, PLACE_HTTP | PLACE_TLS, STAGE_BEFORE, apply_drop,
        "close the connection before the request is handled" },
    { "drop-after", VALUE_NONE, PLACE_HTTP, STAGE_AFTER, apply_drop,
        "handle the request, then close the connection without an answer" },
    { "truncate", VALUE_NONE, PLACE_HTTP, STAGE_AFTER, apply_truncate,
        "close the connection in the middle of the body" },
    { "oversize", VALUE_NONE, PLACE_HTTP, STAGE_AFTER, apply_oversize, "pad the body to 2 MiB" },
    { "content-type", VALUE_TEXT, PLACE_HTTP, STAGE_AFTER, apply_content_type,
        "answer with this media type" },
    { "html", VALUE_NONE, PLACE_HTTP, STAGE_INSTEAD, apply_html, "answer with a captive portal's page" },
    { "bad-json", VALUE_NONE, PLACE_HTTP, STAGE_AFTER, apply_bad_json, "answer with broken JSON" },
    { "empty", VALUE_NONE, PLACE_HTTP, STAGE_AFTER, apply_empty, "answer without a body" },
    { "clock", VALUE_OFFSET, PLACE_HTTP, STAGE_AFTER, apply_clock,
        "move the Date header by that many seconds" },
    { "redirect", VALUE_WORD, PLACE_HTTP, STAGE_INSTEAD, fault_apply_words, "answer 307", redirects },
    { "certificate", VALUE_WORD, PLACE_TLS, STAGE_BEFORE, fault_apply_words,
        "show another server certificate", certificates },
    { "client", VALUE_WORD, PLACE_TLS, STAGE_BEFORE, fault_apply_words,
        "be strict about client certificates in the handshake", client_rules },
    { NULL },
};
