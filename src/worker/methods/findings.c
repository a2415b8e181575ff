#include "worker/methods/findings.h"

#include "worker/est/est.h"
#include "worker/sse/sse.h"
#include "worker/x509/certificate.h"

#include <inttypes.h>
#include <stdio.h>

const char *const check_service_names[] = { WORKER_CHECK_SERVICE_NAMES, NULL };
const char *const check_step_names[] = { WORKER_CHECK_STEP_NAMES, NULL };

struct check {
    struct call_context *context;
    enum check_service service;
    struct url_parts url;
    check_teller tell;
    void *userdata;
    enum check_step next; /* the first that is not told yet */
    int result;           /* of the teller */
    char request_id[40];
};

static void tell(struct check *check, struct check_finding *finding)
{
    finding->service = check->service;
    finding->host = check->url.authority;
    finding->step = check->next++;
    if (finding->step > CHECK_TLS)
        finding->request_id = check->request_id;
    if (check->result == 0)
        check->result = check->tell(check->userdata, finding);
}

static void tell_resolved(struct check *check, const struct http_progress *progress)
{
    int64_t ms = progress->resolved_us / 1000;
    char message[512];

    if (progress->proxied)
        snprintf(message, sizeof(message),
            "The name of the proxy was resolved in %" PRId64
            " ms; that of the host is the proxy's to resolve.",
            ms);
    else
        snprintf(message, sizeof(message), "The name was resolved in %" PRId64 " ms.", ms);
    tell(check, &(struct check_finding){ .message = message });
}

static void tell_connected(struct check *check, const struct http_progress *progress)
{
    char message[512];

    if (progress->proxied)
        snprintf(message, sizeof(message), "The proxy %.200s (%s) has opened a connection.",
            check->context->network.proxy, progress->address);
    else
        snprintf(message, sizeof(message), "Connected to %s.", progress->address);
    tell(check, &(struct check_finding){ .message = message });
}

static void tell_secured(struct check *check, const struct http_progress *progress)
{
    const struct tls_peer *peer = progress->peer;
    char message[640], summary[384] = "", end[32] = "";

    if (peer->leaf) {
        certificate_summary(peer->leaf, summary, sizeof(summary));
        format_time(certificate_not_after(peer->leaf), end, sizeof(end));
    }
    snprintf(message, sizeof(message), "%s, a trusted certificate until %s: %s.",
        peer->version ? peer->version : "TLS", end, summary);
    tell(check, &(struct check_finding){ .message = message, .peer = peer->leaf ? peer : NULL });
}

static void tell_clock(struct check *check, const struct http_response *response)
{
    int64_t offset = response->clock_offset, distance = offset < 0 ? -offset : offset;
    struct check_finding finding = { .clock_known = response->clock_known, .clock_offset = offset };
    char message[160];

    if (!response->clock_known) {
        finding.reason = REASON_UNEXPECTED_REPLY;
        snprintf(message, sizeof(message), "The answer has no Date to compare the clock with.");
    } else {
        finding.reason = http_clock_is_wrong(response) ? REASON_CLOCK_SKEW : REASON_NONE;
        snprintf(message, sizeof(message), "This clock is %" PRId64 " s %s the server's.", distance,
            offset < 0 ? "behind" : "ahead of");
        if (distance <= 1)
            snprintf(message, sizeof(message), "This clock agrees with the server's.");
    }
    finding.message = message;
    tell(check, &finding);
}

/* Tells what has been reached and was not told yet. */
static void on_progress(void *userdata, const struct http_progress *progress)
{
    struct check *check = userdata;

    snprintf(check->request_id, sizeof(check->request_id), "%s", progress->response->request_id);
    if (progress->stage >= HTTP_RESOLVED && check->next == CHECK_RESOLVE)
        tell_resolved(check, progress);
    if (progress->stage >= HTTP_CONNECTED && check->next == CHECK_CONNECT)
        tell_connected(check, progress);
    if (progress->stage >= HTTP_SECURED && check->next == CHECK_TLS)
        tell_secured(check, progress);
    if (progress->stage >= HTTP_ANSWERED && check->next == CHECK_CLOCK)
        tell_clock(check, progress->response);
}

/* What the request came to is the finding of the first step that it did not reach. */
static int finish(struct check *check, int r, const char *success)
{
    const struct failure *failure = &check->context->failure;
    const struct tls_peer *peer = http_peer(check->context->http);
    struct check_finding finding = { .last = true, .message = success };

    http_watch(check->context->http, NULL, NULL);
    if (r < 0 && r != -EREMOTEIO)
        return r;
    if (r == -EREMOTEIO) {
        finding.reason = failure->reason;
        finding.message = failure->message;
    }
    if (check->next == CHECK_TLS && peer->leaf)
        finding.peer = peer;
    /* Without an answer there is no clock. */
    if (check->next == CHECK_CLOCK)
        check->next = CHECK_SERVICE;
    tell(check, &finding);
    return check->result;
}

static int begin(struct check *check, const char *url)
{
    int r = url_parse(url, &check->url);

    if (r < 0)
        return r;
    /* Each host is reached anew. */
    http_disconnect(check->context->http);
    failure_reset(&check->context->failure);
    http_watch(check->context->http, on_progress, check);
    return 0;
}

int check_sse(struct call_context *context, const char *url, check_teller teller, void *userdata)
{
    struct check check = { .context = context, .service = CHECK_SSE, .tell = teller, .userdata = userdata };

    int r = begin(&check, url);
    if (r < 0)
        return r == -EINVAL ? call_refuse_parameter(context, "sse") : r;
    return finish(&check, sse_probe(context, url), "The service answers as it should.");
}

int check_est(struct call_context *context, const struct est *est, check_teller teller, void *userdata)
{
    struct check check = { .context = context, .service = CHECK_EST, .tell = teller, .userdata = userdata };
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL;
    char message[80];

    int r = begin(&check, est->url);
    if (r < 0)
        return r == -EINVAL ? call_refuse_parameter(context, "est.url") : r;
    r = est_fetch_anchors(context, est, NULL, &anchors);
    snprintf(message, sizeof(message), "The service answers as it should: CA certificates %d.",
        anchors ? sk_X509_num(anchors) : 0);
    return finish(&check, r, message);
}
