#include "http.h"

#include "erasing-memory.h"
#include "header.h"
#include "http-request.h"
#include "log.h"
#include "tls.h"
#include "transport.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

struct http {
    CURL *easy;
    CURLM *multi;
    int caller_fd;
    struct tls_peer peer;
    char *ca_bundle, *ca_file; /* what the connections and the store were made with */
};

struct http *http_new(int caller_fd)
{
    struct http *http = calloc(1, sizeof(*http));

    if (http)
        http->caller_fd = caller_fd;
    return http;
}

static void close_handles(struct http *http)
{
    curl_easy_cleanup(http->easy);
    curl_multi_cleanup(http->multi);
    http->easy = NULL;
    http->multi = NULL;
    tls_peer_forget(&http->peer);
    free(http->ca_bundle);
    free(http->ca_file);
    http->ca_bundle = http->ca_file = NULL;
}

struct http *http_free(struct http *http)
{
    if (http) {
        close_handles(http);
        free(http);
    }
    return NULL;
}

static int copy_text(const char *text, char **ret)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return -ENOMEM;
    *ret = copy;
    return 0;
}

/* What was verified with other anchors must not be reused. */
static int open_handles(struct http *http, const struct network *network)
{
    static bool initialized = false;

    if (http->easy && streq0(http->ca_bundle, network->ca_bundle) && streq0(http->ca_file, network->ca_file))
        return 0;
    close_handles(http);
    if (!initialized && curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, erasing_free, erasing_realloc,
                            strdup, calloc) != CURLE_OK)
        return -ENOMEM;
    initialized = true;

    http->easy = curl_easy_init();
    http->multi = curl_multi_init();
    if (!http->easy || !http->multi || copy_text(network->ca_bundle, &http->ca_bundle) < 0 ||
        copy_text(network->ca_file, &http->ca_file) < 0)
        return -ENOMEM;
    http->peer.extra_ca_file = http->ca_bundle ? http->ca_file : NULL;
    return 0;
}

/* A caller that is gone wants no answer: whatever is under way ends with the process. Only a hang-up counts;
 * input means just that the next call has come already. */
static void check_caller(int fd)
{
    struct pollfd pollfd = { .fd = fd };

    if (poll(&pollfd, 1, 0) > 0 && (pollfd.revents & (POLLHUP | POLLERR | POLLNVAL))) {
        log_notice("The caller hung up, the request is abandoned.");
        _exit(EXIT_SUCCESS);
    }
}

static CURLcode run(struct http *http)
{
    struct curl_waitfd caller = { .fd = http->caller_fd };
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURLMsg *message;
    int running = 1, left;

    if (curl_multi_add_handle(http->multi, http->easy) != CURLM_OK)
        return code;
    while (curl_multi_perform(http->multi, &running) == CURLM_OK && running) {
        curl_multi_poll(http->multi, &caller, 1, 10000, NULL);
        check_caller(http->caller_fd);
    }
    while ((message = curl_multi_info_read(http->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    curl_multi_remove_handle(http->multi, http->easy);
    return code;
}

static bool passed(CURL *easy, CURLINFO info)
{
    curl_off_t microseconds = 0;

    return curl_easy_getinfo(easy, info, &microseconds) == CURLE_OK && microseconds > 0;
}

static int explain(struct job *job, const struct http_exchange *exchange, CURLcode code)
{
    CURL *easy = job->http->easy;
    const struct http_response *response = exchange->response;
    struct transport_facts facts = {
        .code = code,
        .proxied = job->network.proxy && !url_host_in_list(response->url.host, job->network.no_proxy),
        .resolved = passed(easy, CURLINFO_NAMELOOKUP_TIME_T),
        /* A reused connection has no handshake of its own. */
        .secured = passed(easy, CURLINFO_APPCONNECT_TIME_T) || passed(easy, CURLINFO_PRETRANSFER_TIME_T),
        .not_tls = strstr(exchange->error, "wrong version number") || strstr(exchange->error, "http request"),
        .too_large = exchange->too_large,
        .verify_error = job->http->peer.error,
    };
    char text[160];

    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &facts.proxy_status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &facts.os_error);
    escape_text(exchange->error, text, sizeof(text));
    for (size_t n = strlen(text); n > 0 && strchr(" .\n", text[n - 1]); n--)
        text[n - 1] = 0;
    struct transport_place place = {
        .authority = response->url.authority,
        .host = response->url.host,
        .proxy = job->network.proxy,
        .ca_bundle = job->network.ca_bundle,
        .ca_file = job->network.ca_file,
        .curl_text = text,
        .peer = &job->http->peer,
    };
    http_tell(job, response);
    return transport_fail(&job->failure, &facts, &place);
}

static void log_result(
    const struct http_request *request, const struct http_response *response, CURLcode code, CURL *easy)
{
    curl_off_t microseconds = 0;
    char result[16] = "failed";

    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    if (code == CURLE_OK)
        snprintf(result, sizeof(result), "%ld", response->status);
    log_info("%s https://%s%s: %s in %lld ms, request id %s", request->method, response->url.authority,
        response->url.path, result, (long long)microseconds / 1000, response->request_id);
}

int http_perform(struct job *job, const struct http_request *request, struct http_response *ret)
{
    struct http *http = job->http;
    struct http_response response = { .retry_after = -1 };
    struct http_exchange exchange = { .response = &response };

    int r = url_parse(request->url, &response.url);
    if (r < 0)
        return r;
    r = open_handles(http, &job->network);
    if (r < 0)
        return r;

    tls_peer_forget(&http->peer);
    curl_easy_setopt(http->easy, CURLOPT_SSL_CTX_FUNCTION, tls_prepare);
    curl_easy_setopt(http->easy, CURLOPT_SSL_CTX_DATA, &http->peer);
    r = http_exchange_begin(&exchange, http->easy, &job->network, request);
    if (r == 0) {
        CURLcode code = run(http);

        curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &response.status);
        log_result(request, &response, code, http->easy);
        if (exchange.no_memory || code == CURLE_OUT_OF_MEMORY)
            r = -ENOMEM;
        else if (code != CURLE_OK) {
            /* Half an answer has no status that means anything. */
            response.status = 0;
            r = explain(job, &exchange, code);
        }
    }
    /* Drops the borrowed secrets; connections and caches stay. */
    curl_easy_reset(http->easy);
    http_exchange_done(&exchange);

    if (r < 0) {
        http_response_done(&response);
        return r;
    }
    *ret = response;
    return 0;
}

void http_tell(struct job *job, const struct http_response *response)
{
    job->failure.http_status = response->status;
    job->failure.retry_after = response->retry_after;
    job->failure.clock_known = response->clock_known;
    job->failure.clock_offset = response->clock_offset;
    snprintf(job->failure.request_id, sizeof(job->failure.request_id), "%s", response->request_id);
}

const char *http_content_type(const struct http_response *response, char *out, size_t size)
{
    char type[sizeof(response->content_type)];

    snprintf(type, sizeof(type), "%s", response->content_type);
    type[strcspn(type, "; ")] = 0;
    return escape_text(*type ? type : "no content type", out, size);
}

void http_response_done(struct http_response *response)
{
    if (response->body)
        explicit_bzero(response->body, response->size);
    free(response->body);
    response->body = NULL;
    response->size = 0;
}
