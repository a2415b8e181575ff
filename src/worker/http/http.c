#include "worker/http/http.h"

#include "common/log.h"
#include "worker/http/closed.h"
#include "worker/http/status.h"
#include "worker/http/transfer.h"
#include "worker/http/transport.h"

#include <errno.h>
#include <stdio.h>

struct http *http_new(int caller_fd)
{
    struct http *http = calloc(1, sizeof(*http));

    if (http)
        http->caller_fd = caller_fd;
    return http;
}

struct http *http_free(struct http *http)
{
    if (http) {
        transfer_close(http);
        free(http);
    }
    return NULL;
}

void http_watch(struct http *http, http_watcher watcher, void *userdata)
{
    http->watcher = watcher;
    http->watcher_userdata = userdata;
}

void http_disconnect(struct http *http)
{
    transfer_close(http);
}

int http_caller(const struct http *http)
{
    return http->caller_fd;
}

const struct tls_peer *http_peer(const struct http *http)
{
    return &http->transfers[0].peer;
}

static bool has_passed(CURL *easy, CURLINFO info)
{
    curl_off_t microseconds = 0;

    return curl_easy_getinfo(easy, info, &microseconds) == CURLE_OK && microseconds > 0;
}

static int fail_transfer(struct call_context *context, struct transfer *transfer)
{
    const struct http_exchange *exchange = &transfer->exchange;
    const struct http_response *response = &exchange->response;
    CURL *easy = transfer->easy;
    long sent = 0;

    struct transport_facts facts = {
        .code = transfer->code,
        .proxied = exchange->proxied,
        .proxy_user_known = context->network.proxy_user != NULL,
        .digest_only = context->network.proxy_digest_only,
        .resolved = has_passed(easy, CURLINFO_NAMELOOKUP_TIME_T),
        .connected = transfer->peer.begun,
        .secured = exchange->ready,
        .tls_1_2_only = exchange->binding != NULL,
        .local = transfer->peer.local && !transfer->peer.n_sockets,
        .intercepted = response->intercepted && !exchange->ready,
        .not_tls = strstr(exchange->error, "wrong version number") || strstr(exchange->error, "http request"),
        .closed =
            transfer->code == CURLE_COULDNT_RESOLVE_HOST || transfer->code == CURLE_COULDNT_RESOLVE_PROXY
                ? closed_name_server()
                : !transfer->peer.begun && transfer->peer.n_sockets > 0 &&
                      closed_address((const struct sockaddr *)&transfer->peer.last,
                          (socklen_t)sizeof(transfer->peer.last)),
        .too_large = exchange->too_large,
        .client_shown = exchange->certificates != NULL,
        .alert = transfer->peer.alert,
        .verify_error = transfer->peer.error,
    };
    char text[160];

    /* The proxy's answer to CONNECT also counts. */
    facts.sent =
        exchange->ready && curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &facts.proxy_status);
    curl_easy_getinfo(easy, CURLINFO_PROXYAUTH_AVAIL, &facts.proxy_offers);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &facts.os_error);
    failure_quote(&context->failure, exchange->error, text, sizeof(text));
    for (size_t n = strlen(text); n > 0 && strchr(" .\n", text[n - 1]); n--)
        text[n - 1] = 0;
    struct transport_place place = {
        .authority = response->url.authority,
        .host = response->url.host,
        .proxy = context->network.proxy,
        .ca_bundle = context->network.ca_bundle,
        .ca_file = context->network.ca_file,
        .curl_text = text,
        .peer = &transfer->peer,
    };
    /* A failed send may leave an alert unread. */
    if (facts.client_shown && !facts.alert) {
        transfer_hang_up(context->http);
        facts.alert = transfer->peer.alert;
    }
    http_note_response(context, response);
    if (exchange->unbound)
        return failure_set(&context->failure, REASON_SERVER_ERROR,
            "The request could not be tied to the TLS session with %s, which the proof of possession needs.",
            response->url.authority);
    return transport_fail(&context->failure, &facts, &place);
}

/* Resolves the Location of the answer against the URL of the request. libcurl's own result has the password in it. Returns 0
 * or -ENOMEM. */
static int resolve_redirect(struct transfer *transfer, char **ret)
{
    const struct http_exchange *exchange = &transfer->exchange;
    CURLU *url = curl_url();
    char *base = NULL, *text = NULL;
    int r = url ? 0 : -ENOMEM;

    if (r == 0 && curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &base) == CURLE_OK && base &&
        curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_URL, exchange->location, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK && !(*ret = strdup(text)))
        r = -ENOMEM;
    curl_free(text);
    curl_url_cleanup(url);
    return r;
}

/* Hands out the answer or the failure, and frees the transfer. */
static int finish_transfer(struct call_context *context, struct transfer *transfer, struct http_response *ret)
{
    struct http_response *response = &transfer->exchange.response;
    const char *location = transfer->exchange.location;
    int r = 0;

    if (transfer->exchange.no_memory || transfer->code == CURLE_OUT_OF_MEMORY)
        r = -ENOMEM;
    else if (transfer->code != CURLE_OK) {
        /* The status of half an answer means nothing. */
        response->status = 0;
        r = fail_transfer(context, transfer);
    } else if (*location && response->status >= 300 && response->status < 400 &&
               strlen(location) + 1 < LIMIT_URL)
        r = resolve_redirect(transfer, &response->redirect);
    if (r == 0) {
        *ret = *response;
        response->body = response->redirect = NULL;
    }
    transfer_release(context->http, transfer);
    return r;
}

/* Makes the text that identifies a prefetch; the caller frees. NULL without memory. */
static char *make_key(const struct http_request *request)
{
    char *key;

    return asprintf(&key, "%s %s\n%s", request->accept, request->url,
               request->tls_anchors ? request->tls_anchors : "") < 0
               ? NULL
               : key;
}

static struct transfer *find_prefetch(struct http *http, const struct http_request *request)
{
    _cleanup_free_ char *key = NULL;

    if (!streq(request->method, "GET") || request->auth != HTTP_AUTH_NONE || request->client)
        return NULL;
    key = make_key(request);
    for (size_t i = 1; key && i < TRANSFERS; i++)
        if (http->transfers[i].state != TRANSFER_FREE && streq(http->transfers[i].key, key))
            return &http->transfers[i];
    return NULL;
}

static int perform_once(
    struct call_context *context, const struct http_request *request, struct http_response *ret)
{
    struct http *http = context->http;
    struct transfer *transfer;
    struct url_parts parts;

    int r = url_parse(request->url, &parts);
    if (r >= 0)
        r = transfer_open(http, &context->network);
    if (r < 0)
        return r;
    transfer = find_prefetch(http, request);
    if (transfer) {
        if (transfer->state != TRANSFER_DONE)
            transfer_run(http, transfer);
        if (transfer->code == CURLE_OK)
            return finish_transfer(context, transfer, ret);
        log_debug("The prefetch of %s has failed, asking again.", request->url);
        transfer_release(http, transfer);
    }

    transfer = &http->transfers[0];
    r = transfer_begin(context, transfer, request);
    if (r < 0)
        return r;
    transfer_run(http, transfer);
    return finish_transfer(context, transfer, ret);
}

int http_perform(struct call_context *context, const struct http_request *request, struct http_response *ret)
{
    struct http_request again = *request;

    int r = perform_once(context, request, ret);
    if (r < 0 || ret->status != HTTP_MISDIRECTED)
        return r;
    log_notice("%s wants another connection for this request (%d), making one.", ret->url.authority,
        HTTP_MISDIRECTED);
    http_response_done(ret);
    again.new_connection = true;
    return perform_once(context, &again, ret);
}

int http_prefetch(struct call_context *context, const struct http_request *request)
{
    struct http *http = context->http;

    int r = transfer_open(http, &context->network);
    if (r < 0)
        return r;
    if (find_prefetch(http, request))
        return 0;
    for (size_t i = 1; i < TRANSFERS; i++) {
        struct transfer *transfer = &http->transfers[i];

        if (transfer->state != TRANSFER_FREE)
            continue;
        r = transfer_begin(context, transfer, request);
        if (r < 0)
            return r == -EINVAL ? 0 : r;
        if (!(transfer->key = make_key(request))) {
            transfer_release(http, transfer);
            return -ENOMEM;
        }
        return 0;
    }
    return 0;
}
