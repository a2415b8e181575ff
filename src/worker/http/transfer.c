#include "worker/http/transfer.h"

#include "common/log.h"
#include "worker/http/erasing-memory.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

enum {
    NAME_PATIENCE = 3, /* the limit of a connection times this, for a patient lookup and the connection */
};

static int copy_text(const char *text, char **ret)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return -ENOMEM;
    *ret = copy;
    return 0;
}

/* Logs one line for each request, so that its id can be found on both sides. */
static void log_result(const struct transfer *transfer, const char *result)
{
    const struct http_response *response = &transfer->exchange.response;
    curl_off_t microseconds = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    log_info("%s https://%s%s: %s in %lld ms, request id %s", transfer->method, response->url.authority,
        response->url.path, result, (long long)microseconds / 1000, response->request_id);
}

void transfer_release(struct http *http, struct transfer *transfer)
{
    if (transfer->state == TRANSFER_RUNNING) {
        curl_multi_remove_handle(http->multi, transfer->easy);
        log_result(transfer, "abandoned");
    }
    /* Free the handle, which erases its buffer: a reset would keep the bytes that were sent last (libcurl
     * since 8.7). */
    curl_easy_cleanup(transfer->easy);
    transfer->easy = NULL;
    http_response_done(&transfer->exchange.response);
    http_exchange_done(&transfer->exchange);
    transfer->exchange = (struct http_exchange){ 0 };
    free(transfer->key);
    transfer->key = NULL;
    transfer->state = TRANSFER_FREE;
}

void transfer_hang_up(struct http *http)
{
    for (size_t i = 0; i < TRANSFERS; i++)
        if (http->transfers[i].state == TRANSFER_RUNNING)
            transfer_release(http, &http->transfers[i]);
    curl_multi_cleanup(http->multi);
    http->multi = NULL;
}

void transfer_close(struct http *http)
{
    for (size_t i = 0; i < TRANSFERS; i++)
        transfer_release(http, &http->transfers[i]);
    curl_multi_cleanup(http->multi);
    http->multi = NULL;
    for (size_t i = 0; i < TRANSFERS; i++)
        tls_peer_forget(&http->transfers[i].peer);
    free(http->ca_bundle);
    free(http->ca_file);
    http->ca_bundle = http->ca_file = NULL;
}

int transfer_open(struct http *http, const struct network *network)
{
    static bool initialized = false;

    if (http->multi && streq0(http->ca_bundle, network->ca_bundle) && streq0(http->ca_file, network->ca_file))
        return 0;
    transfer_close(http);
    if (!initialized && curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, erasing_free, erasing_realloc,
                            strdup, calloc) != CURLE_OK)
        return -ENOMEM;
    initialized = true;

    http->multi = curl_multi_init();
    if (!http->multi || copy_text(network->ca_bundle, &http->ca_bundle) < 0 ||
        copy_text(network->ca_file, &http->ca_file) < 0)
        return -ENOMEM;
    return 0;
}

/* Ends the process if the caller has hung up: nobody wants the answer. Input is not a hang-up: the next call may have come
 * already. */
static void check_caller(int fd)
{
    struct pollfd pollfd = { .fd = fd };

    if (poll(&pollfd, 1, 0) > 0 && (pollfd.revents & (POLLHUP | POLLERR | POLLNVAL))) {
        log_notice("The caller hung up, the request is abandoned.");
        _exit(EXIT_SUCCESS);
    }
}

int transfer_begin(
    struct call_context *context, struct transfer *transfer, const struct http_request *request)
{
    struct http *http = context->http;
    struct http_response *response = &transfer->exchange.response;

    response->retry_after = -1;
    int r = url_parse(request->url, &response->url);
    if (r < 0)
        return r;
    transfer->easy = curl_easy_init();
    if (!transfer->easy)
        return -ENOMEM;

    tls_peer_forget(&transfer->peer);
    /* A request's own anchors replace all others. */
    transfer->peer.extra_ca_file = http->ca_bundle && !request->tls_anchors ? http->ca_file : NULL;
    curl_easy_setopt(transfer->easy, CURLOPT_SSL_CTX_FUNCTION, tls_prepare);
    curl_easy_setopt(transfer->easy, CURLOPT_SSL_CTX_DATA, &transfer->peer);
    curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETFUNCTION, tls_open_socket);
    curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETDATA, &transfer->peer);
    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    transfer->state = TRANSFER_WAITING;
    transfer->method = request->method;
    transfer->lookup = LOOKUP_BOTH;
    transfer->connect_timeout = context->network.connect_timeout_ms;
    transfer->peer.proxy_ca_file = http->ca_bundle ? http->ca_file : NULL;
    transfer->peer.not_local =
        request->not_local &&
        !network_uses_proxy(&context->network, response->url.host, response->url.port) &&
        !network_leads_elsewhere(&context->network, response->url.host, response->url.port);
    transfer->peer.proxy_is_secured =
        context->network.proxy && strncasecmp(context->network.proxy, "https:", 6) == 0 &&
        network_uses_proxy(&context->network, response->url.host, response->url.port);
    r = http_exchange_begin(&transfer->exchange, transfer->easy, &context->network, request);
    if (r < 0)
        transfer_release(http, transfer);
    return r;
}

static void start_transfer(struct http *http, struct transfer *transfer)
{
    bool added = curl_multi_add_handle(http->multi, transfer->easy) == CURLM_OK;

    transfer->asked = clock_msec(CLOCK_MONOTONIC);
    transfer->state = added ? TRANSFER_RUNNING : TRANSFER_DONE;
    transfer->code = CURLE_OUT_OF_MEMORY;
}

/* Starts the next prefetch, one at a time: it will find the connection open. */
static void start_next_prefetch(struct http *http)
{
    struct transfer *next = NULL;

    for (size_t i = TRANSFERS - 1; i > 0; i--) {
        if (http->transfers[i].state == TRANSFER_RUNNING)
            return;
        if (http->transfers[i].state == TRANSFER_WAITING)
            next = &http->transfers[i];
    }
    if (next)
        start_transfer(http, next);
}

/* Returns true while the name of the host or the proxy is looked up; nothing has been sent then. */
static bool looks_up(const struct transfer *transfer)
{
    curl_off_t microseconds = 0;

    return transfer->state == TRANSFER_RUNNING && !transfer->exchange.ready && !transfer->peer.n_sockets &&
           curl_easy_getinfo(transfer->easy, CURLINFO_NAMELOOKUP_TIME_T, &microseconds) == CURLE_OK &&
           microseconds == 0;
}

/* Starts another lookup of the name. */
static void look_up_again(struct http *http, struct transfer *transfer, enum lookup lookup)
{
    long family = lookup == LOOKUP_IPV4 ? CURL_IPRESOLVE_V4 : CURL_IPRESOLVE_WHATEVER;

    curl_multi_remove_handle(http->multi, transfer->easy);
    transfer->lookup = lookup;
    transfer->asked = clock_msec(CLOCK_MONOTONIC);
    log_notice("The name %s is not resolved yet, asking again for %s addresses.",
        transfer->exchange.proxied ? "of the proxy" : transfer->exchange.response.url.host,
        lookup == LOOKUP_IPV4 ? "IPv4" : "all");
    curl_easy_setopt(transfer->easy, CURLOPT_IPRESOLVE, family);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS, NAME_PATIENCE * transfer->connect_timeout);
    if (curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK) {
        transfer->state = TRANSFER_DONE;
        transfer->code = CURLE_OUT_OF_MEMORY;
    }
}

/* Replaces a lookup for both families that takes too long. */
static void hasten_lookups(struct http *http)
{
    for (size_t i = 0; i < TRANSFERS; i++) {
        struct transfer *transfer = &http->transfers[i];

        if (looks_up(transfer) && transfer->lookup == LOOKUP_BOTH &&
            clock_msec(CLOCK_MONOTONIC) - transfer->asked > (uint64_t)transfer->connect_timeout / 2)
            look_up_again(http, transfer, LOOKUP_IPV4);
    }
}

static void take_result(struct http *http, struct transfer *transfer, CURLcode code)
{
    struct http_response *response = &transfer->exchange.response;
    char result[16] = "failed";

    transfer->code = transfer->exchange.complete ? CURLE_OK : code;
    transfer->state = TRANSFER_DONE;
    curl_multi_remove_handle(http->multi, transfer->easy);
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &response->status);
    if (transfer->code == CURLE_OK)
        snprintf(result, sizeof(result), "%ld", response->status);
    log_result(transfer, result);
}

static void collect_results(struct http *http)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left))) {
        struct transfer *transfer = NULL;

        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) != CURLE_OK)
            continue;
        CURLcode code = message->data.result;
        if (transfer->lookup == LOOKUP_IPV4 && looks_up(transfer) && code != CURLE_OUT_OF_MEMORY)
            look_up_again(http, transfer, LOOKUP_LAST);
        else
            take_result(http, transfer, code);
    }
    start_next_prefetch(http);
}

/* Tells the watcher how far a transfer has come. */
static void report_progress(const struct http *http, const struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    struct http_progress progress = {
        .proxied = transfer->exchange.proxied,
        .peer = &transfer->peer,
        .response = &transfer->exchange.response,
    };
    char address[80] = "", *ip = NULL;
    curl_off_t resolved = 0;
    long port = 0;

    curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    if (ip && *ip)
        snprintf(address, sizeof(address), strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port);
    progress.resolved_us = resolved;
    /* libcurl 8.14 tells the address of a new connection only after the handshake. */
    progress.address = *address ? address : transfer->peer.address;

    if (transfer->state == TRANSFER_DONE && transfer->code == CURLE_OK)
        progress.stage = HTTP_ANSWERED;
    else if (transfer->exchange.ready)
        progress.stage = HTTP_SECURED;
    else if (transfer->peer.begun)
        progress.stage = HTTP_CONNECTED;
    else if (resolved > 0)
        progress.stage = HTTP_RESOLVED;
    http->watcher(http->watcher_userdata, &progress);
}

void transfer_run(struct http *http, struct transfer *transfer)
{
    struct curl_waitfd caller = { .fd = http->caller_fd };
    int running;

    if (transfer->state == TRANSFER_WAITING)
        start_transfer(http, transfer);
    start_next_prefetch(http);
    while (transfer->state == TRANSFER_RUNNING) {
        if (curl_multi_perform(http->multi, &running) != CURLM_OK)
            break;
        collect_results(http);
        if (http->watcher)
            report_progress(http, transfer);
        if (transfer->state != TRANSFER_RUNNING)
            break;
        /* libcurl tries the next address only if it is called later than it asked for. */
        curl_multi_poll(http->multi, &caller, 1, transfer->exchange.ready ? 10000 : 50, NULL);
        hasten_lookups(http);
        check_caller(http->caller_fd);
    }
}
