#include "worker/http/request.h"

#include "common/service.h"
#include "common/version.h"
#include "worker/http/header.h"
#include "worker/http/tls.h"
#include "worker/x509/crypto.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>

/* Appends to the body. When it moves to grow, its old place is overwritten: it may hold a secret. */
static bool body_append(struct http_exchange *exchange, const char *data, size_t size)
{
    struct http_response *response = &exchange->response;

    if (response->size + size >= exchange->body_room) {
        size_t room = exchange->body_room ? exchange->body_room : 4096;
        while (room <= response->size + size)
            room *= 2;
        char *body = malloc(room);
        if (!body)
            return false;
        if (response->body) {
            memcpy(body, response->body, response->size);
            explicit_bzero(response->body, response->size);
            free(response->body);
        }
        response->body = body;
        exchange->body_room = room;
    }
    memcpy(response->body + response->size, data, size);
    response->size += size;
    response->body[response->size] = 0;
    return true;
}

static size_t on_body(char *data, size_t one, size_t size, void *userdata)
{
    struct http_exchange *exchange = userdata;

    (void)one;
    if (size > HTTP_BODY_MAX - exchange->response.size)
        exchange->too_large = true;
    else if (!body_append(exchange, data, size))
        exchange->no_memory = true;
    else {
        /* Erase libcurl's buffer: later versions keep it for the next transfer. */
        explicit_bzero(data, size);
        return size;
    }
    return 0;
}

/* Forgets the previous answer: a status line begins another one, as after "100 Continue" or a challenge. */
static void begin_answer(struct http_exchange *exchange, const char *line, size_t size)
{
    struct http_response *response = &exchange->response;
    const char *space = memchr(line, ' ', size);

    if (!space || space + 1 == line + size || space[1] != '1')
        exchange->answers++;
    exchange->body_announced = exchange->cached = false;
    response->clock_known = false;
    response->retry_after = -1;
    *response->content_type = *response->www_authenticate = *exchange->location = 0;
    if (response->body)
        explicit_bzero(response->body, response->size);
    response->size = 0;
}

static void read_field(struct http_exchange *exchange, const char *line, size_t size)
{
    struct http_response *response = &exchange->response;
    time_t now = time(NULL), date;
    char value[128];

    if (header_value(line, size, "Date", value, sizeof(value))) {
        /* A date that the interface doesn't have says nothing about our clock. */
        response->clock_known = header_date(value, &date) && date >= 0 && date <= SERVICE_TIME_MAX;
        response->clock_offset = response->clock_known ? (int64_t)now - (int64_t)date : 0;
    } else if (header_value(line, size, "Age", value, sizeof(value)))
        /* A cache answers with the date of the first answer (RFC 9111, 4.2.3). */
        exchange->cached = true;
    else if (header_value(line, size, "Retry-After", value, sizeof(value)))
        /* A date is by the server's clock, which its Date tells; the servers that we know send that first. */
        response->retry_after =
            header_retry_after(value, now - (response->clock_known ? (time_t)response->clock_offset : 0));
    else if (header_value(line, size, "Content-Length", value, sizeof(value)) ||
             header_value(line, size, "Transfer-Encoding", value, sizeof(value)))
        exchange->body_announced = true;
    else if (header_value(line, size, "Location", exchange->location, sizeof(exchange->location)))
        return;
    else if (header_value(line, size, "WWW-Authenticate", response->www_authenticate,
                 sizeof(response->www_authenticate)))
        response->challenged = true;
    else
        header_value(line, size, "Content-Type", response->content_type, sizeof(response->content_type));
}

static size_t on_header(char *line, size_t one, size_t size, void *userdata)
{
    struct http_exchange *exchange = userdata;
    bool end = size > 0 && (*line == '\r' || *line == '\n');
    long status = 0;

    (void)one;
    if (size > HTTP_HEADER_MAX - exchange->header_size) {
        exchange->too_large = true;
        return 0;
    }
    exchange->header_size += size;
    if (end && exchange->cached)
        exchange->response.clock_known = false;
    if (size > 5 && memcmp(line, "HTTP/", 5) == 0)
        begin_answer(exchange, line, size);
    else
        read_field(exchange, line, size);

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    /* A server may never end a 202 whose length it doesn't say; and one that challenges the answer to its challenge would go
       on for ever. A third answer that is no challenge may hold what the CA has issued. */
    exchange->complete = (end && status == 202 && !exchange->body_announced) ||
                         (exchange->answers > 2 && (status == 401 || status == 407));
    return exchange->complete ? 0 : size;
}

static SSL *find_session(CURL *easy)
{
    struct curl_tlssessioninfo *session = NULL;

    return curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK && session &&
                   session->backend == CURLSSLBACKEND_OPENSSL
               ? session->internals
               : NULL;
}

/* Ties the body to the connection. In a full handshake tls-unique is the client's Finished message. */
static bool bind_body(SSL *ssl, const struct http_binding *binding)
{
    unsigned char unique[EVP_MAX_MD_SIZE];
    size_t size = ssl ? SSL_get_finished(ssl, unique, sizeof(unique)) : 0;

    return size > 0 && size <= sizeof(unique) && SSL_version(ssl) <= TLS1_2_VERSION &&
           !SSL_session_reused(ssl) && binding->bind(binding->userdata, unique, size) == 0;
}

/* Allows or stops a request just before it is sent, on a new connection or an old one. */
static int on_connected(void *userdata, char *primary_ip, char *local_ip, int primary_port, int local_port)
{
    struct http_exchange *exchange = userdata;
    SSL *ssl = find_session(exchange->easy);

    (void)primary_ip, (void)local_ip, (void)primary_port, (void)local_port;
    if (exchange->bundle && exchange->interception != HTTP_INTERCEPTION_IGNORED)
        exchange->response.intercepted = !ssl || !tls_is_trusted_by(ssl, exchange->bundle);
    if (exchange->response.intercepted && exchange->interception == HTTP_INTERCEPTION_REFUSED)
        return CURL_PREREQFUNC_ABORT;
    exchange->ready = true;
    if (exchange->binding && !bind_body(ssl, exchange->binding)) {
        exchange->unbound = true;
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

/* Makes a random UUID (version 4). */
static int make_request_id(char out[static 37])
{
    unsigned char b[16];

    if (RAND_bytes(b, sizeof(b)) != 1)
        return -ENOMEM;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
        b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return 0;
}

static int add_header(struct http_exchange *exchange, const char *name, const char *value)
{
    char line[256];

    /* libcurl leaves out a field that has no value ("Name:"). */
    snprintf(line, sizeof(line), "%s:%s%s", name, *value ? " " : "", value);
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);
    if (!longer)
        return -ENOMEM;
    exchange->headers = longer;
    return 0;
}

static void set_limits(struct http_exchange *exchange, CURL *easy, const struct network *network)
{
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, network->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, network->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 10L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 60L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Don't wait for the thread of an abandoned lookup. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

/* Verifies an https proxy like every server. */
static CURLcode set_proxy(CURL *easy, const struct network *network)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROXY, network->proxy);

    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
    if (code == CURLE_OK)
        code = curl_easy_setopt(
            easy, CURLOPT_PROXY_CAINFO, network->ca_bundle ? network->ca_bundle : network->ca_file);
    if (code == CURLE_OK && network->proxy_user) {
        curl_easy_setopt(easy, CURLOPT_PROXYAUTH,
            network->proxy_digest_only ? CURLAUTH_DIGEST : CURLAUTH_BASIC | CURLAUTH_DIGEST);
        code = curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, network->proxy_user);
        if (code == CURLE_OK)
            code = curl_easy_setopt(
                easy, CURLOPT_PROXYPASSWORD, network->proxy_password ? network->proxy_password : "");
    }
    return code;
}

/* Empties libcurl's own list of exempt hosts and the environment's: network_uses_proxy() decides. */
static CURLcode set_network(CURL *easy, const struct network *network, bool proxied)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "");

    if (code == CURLE_OK)
        code = proxied ? set_proxy(easy, network) : curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return code;
}

/* Demands a new connection with a full handshake of TLS 1.2: later versions have no tls-unique. */
static void set_binding(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

static CURLcode set_tls(CURL *easy, const struct network *network, const struct http_request *request)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* libcurl wouldn't keep the store of anchors if it had a directory of them. */
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (request->tls_anchors) {
        struct curl_blob anchors = {
            .data = (void *)(uintptr_t)request->tls_anchors,
            .len = strlen(request->tls_anchors),
            .flags = CURL_BLOB_COPY,
        };

        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        return curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &anchors);
    }
    return curl_easy_setopt(easy, CURLOPT_CAINFO, network->ca_bundle ? network->ca_bundle : network->ca_file);
}

/* Joins the first certificate of the PEM text and the chain. Returns 0 or -ENOMEM. */
static int join_certificates(const struct http_client_certificate *client, char **ret)
{
    static const char end_line[] = "-----END CERTIFICATE-----";
    const char *end = strstr(client->certificate, end_line);
    size_t length =
        end ? (size_t)(end - client->certificate) + strlen(end_line) : strlen(client->certificate);

    return asprintf(ret, "%.*s\n%s", (int)length, client->certificate, client->chain ? client->chain : "") < 0
               ? -ENOMEM
               : 0;
}

static CURLcode set_client(
    struct http_exchange *exchange, CURL *easy, const struct http_client_certificate *client)
{
    if (join_certificates(client, &exchange->certificates) < 0)
        return CURLE_OUT_OF_MEMORY;
    /* Without copies of libcurl nothing needs to be erased. */
    struct curl_blob certificate = {
        .data = exchange->certificates,
        .len = strlen(exchange->certificates),
        .flags = CURL_BLOB_NOCOPY,
    };
    struct curl_blob key = {
        .data = (void *)(uintptr_t)client->private_key,
        .len = strlen(client->private_key),
        .flags = CURL_BLOB_NOCOPY,
    };

    CURLcode code = curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
    /* With a passphrase an encrypted key fails; without, OpenSSL asks on the terminal. */
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");
    return code;
}

static CURLcode set_auth(CURL *easy, const struct http_request *request)
{
    CURLcode code = CURLE_OK;

    switch (request->auth) {
    case HTTP_AUTH_NONE:
        break;
    case HTTP_AUTH_BEARER:
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        code = curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, request->secret);
        break;
    case HTTP_AUTH_PASSWORD:
    case HTTP_AUTH_BASIC:
        /* Allow both: with Digest alone libcurl first sends an empty body, which a server that is content with the client
           certificate takes for the request. */
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
            request->auth == HTTP_AUTH_BASIC ? CURLAUTH_BASIC : CURLAUTH_BASIC | CURLAUTH_DIGEST);
        code = curl_easy_setopt(easy, CURLOPT_USERNAME, request->username);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_PASSWORD, request->secret);
        break;
    }
    return code;
}

static CURLcode set_request(struct http_exchange *exchange, CURL *easy, const struct http_request *request)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);

    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "threatresponse-agent/" TR_VERSION);
    if (request->body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body_size);
    }
    if (code == CURLE_OK && !request->body && !streq(request->method, "GET"))
        code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (code == CURLE_OK)
        code = set_auth(easy, request);
    if (code == CURLE_OK && request->client)
        code = set_client(exchange, easy, request->client);
    return code;
}

static int add_headers(struct http_exchange *exchange, const struct http_request *request)
{
    if (add_header(exchange, "X-Request-Id", exchange->response.request_id) < 0 ||
        add_header(exchange, "Accept", request->accept) < 0)
        return -ENOMEM;
    if (request->body && (add_header(exchange, "Content-Type", request->content_type) < 0 ||
                             add_header(exchange, "Expect", "") < 0))
        return -ENOMEM;
    /* RFC 8951 withdraws this field; older servers refuse a request without it. */
    if (request->is_base64 && add_header(exchange, "Content-Transfer-Encoding", "base64") < 0)
        return -ENOMEM;
    return 0;
}

int http_exchange_begin(struct http_exchange *exchange, CURL *easy, const struct network *network,
    const struct http_request *request)
{
    exchange->easy = easy;
    exchange->proxied = network_uses_proxy(network, exchange->response.url.host, exchange->response.url.port);
    exchange->binding = request->binding;
    exchange->interception = request->interception;
    /* Compare only if there is a second file of anchors. */
    exchange->bundle = network->ca_file && !request->tls_anchors ? network->ca_bundle : NULL;
    if (make_request_id(exchange->response.request_id) < 0 || add_headers(exchange, request) < 0 ||
        network_copy_list(network->connect_to, &exchange->connect_to) < 0)
        return -ENOMEM;

    set_limits(exchange, easy, network);
    if (set_network(easy, network, exchange->proxied) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, exchange->connect_to) != CURLE_OK ||
        set_tls(easy, network, request) != CURLE_OK || set_request(exchange, easy, request) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers) != CURLE_OK)
        return -ENOMEM;
    if (request->new_connection)
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (request->binding)
        set_binding(easy);
    return 0;
}

void http_exchange_done(struct http_exchange *exchange)
{
    curl_slist_free_all(exchange->headers);
    curl_slist_free_all(exchange->connect_to);
    exchange->headers = exchange->connect_to = NULL;
    free(exchange->certificates);
    exchange->certificates = NULL;
}
