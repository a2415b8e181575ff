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
    check_reporter report;
    void *userdata;
    enum check_step next; /* the first one that is not reported yet */
    int result;           /* of the reporter */
    char request_id[40];
};

static void report_finding(struct check *check, struct check_finding *finding)
{
    finding->service = check->service;
    finding->host = check->url.authority;
    finding->step = check->next++;
    if (finding->step > CHECK_TLS)
        finding->request_id = check->request_id;
    if (check->result == 0)
        check->result = check->report(check->userdata, finding);
}

static void report_resolved(struct check *check, const struct http_progress *progress)
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
    report_finding(check, &(struct check_finding){ .message = message });
}

static void report_connected(struct check *check, const struct http_progress *progress)
{
    char message[512];

    if (progress->proxied)
        snprintf(message, sizeof(message), "The proxy %.200s (%s) has opened a connection.",
            check->context->network.proxy, progress->address);
    else
        snprintf(message, sizeof(message), "Connected to %s.", progress->address);
    report_finding(check, &(struct check_finding){ .message = message });
}

static void report_secured(struct check *check, const struct http_progress *progress)
{
    const struct tls_peer *peer = progress->peer;
    char message[640], summary[384] = "", end[32] = "";

    if (peer->leaf) {
        certificate_summary(peer->leaf, summary, sizeof(summary));
        format_time(certificate_not_after(peer->leaf), end, sizeof(end));
    }
    snprintf(message, sizeof(message), "%s, a trusted certificate until %s: %s.",
        peer->version ? peer->version : "TLS", end, summary);
    report_finding(check, &(struct check_finding){ .message = message, .peer = peer->leaf ? peer : NULL });
}

static void report_clock(struct check *check, const struct http_response *response)
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
    report_finding(check, &finding);
}

/* Reports the steps that have been reached since the last time. */
static void on_progress(void *userdata, const struct http_progress *progress)
{
    struct check *check = userdata;

    snprintf(check->request_id, sizeof(check->request_id), "%s", progress->response->request_id);
    if (progress->stage >= HTTP_RESOLVED && check->next == CHECK_RESOLVE)
        report_resolved(check, progress);
    if (progress->stage >= HTTP_CONNECTED && check->next == CHECK_CONNECT)
        report_connected(check, progress);
    if (progress->stage >= HTTP_SECURED && check->next == CHECK_TLS)
        report_secured(check, progress);
    if (progress->stage >= HTTP_ANSWERED && check->next == CHECK_CLOCK)
        report_clock(check, progress->response);
}

/* Reports the result of the request as the finding of the first step that it did not reach. */
static int finish_check(struct check *check, int r, const char *success)
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
    /* Without an answer there is no Date to compare the clock with. */
    if (check->next == CHECK_CLOCK)
        check->next = CHECK_SERVICE;
    report_finding(check, &finding);
    return check->result;
}

static int begin_check(struct check *check, const char *url)
{
    int r = url_parse(url, &check->url);

    if (r < 0)
        return r;
    /* Each host gets a new connection. */
    http_disconnect(check->context->http);
    failure_reset(&check->context->failure);
    http_watch(check->context->http, on_progress, check);
    return 0;
}

int check_sse(struct call_context *context, const char *url, check_reporter report, void *userdata)
{
    struct check check = { .context = context, .service = CHECK_SSE, .report = report, .userdata = userdata };

    int r = begin_check(&check, url);
    if (r < 0)
        return r == -EINVAL ? call_refuse_parameter(context, "sse") : r;
    return finish_check(&check, sse_probe(context, url), "The service answers as it should.");
}

int check_est(struct call_context *context, const struct est *est, check_reporter report, void *userdata)
{
    struct check check = { .context = context, .service = CHECK_EST, .report = report, .userdata = userdata };
    _cleanup_x509_stack_ STACK_OF(X509) *anchors = NULL;
    char message[80];

    int r = begin_check(&check, est->url);
    if (r < 0)
        return r == -EINVAL ? call_refuse_parameter(context, "est.url") : r;
    r = est_fetch_anchors(context, est, NULL, NULL, &anchors);
    snprintf(message, sizeof(message), "The service answers as it should: CA certificates %d.",
        anchors ? sk_X509_num(anchors) : 0);
    return finish_check(&check, r, message);
}
