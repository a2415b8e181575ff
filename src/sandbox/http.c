#include "sandbox/http.h"

#include "common/memory.h"
#include "sandbox/base/random-text.h"
#include "sandbox/faults/apply.h"
#include "sandbox/request-log.h"
#include "sandbox/route.h"
#include "sandbox/web/send.h"
#include "sandbox/web/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define IDLE_TIMEOUT 120 /* seconds */
#define BODY_LIMIT (64 << 10)

/* GnuTLS passes no argument of ours to the callback of the handshake. */
static const struct server *handshake_server;

/* The body of a request while it arrives. */
struct upload {
    char *body;
    size_t size;
    bool too_large;
};

/* Returns true if the time passed, false if the server stops before. */
static bool wait_milliseconds(const struct server *server, int64_t milliseconds)
{
    struct pollfd stop = { .fd = server->stop_fd, .events = POLLIN };

    if (milliseconds <= 0)
        return true;
    return poll(&stop, 1, (int)(milliseconds > INT32_MAX ? INT32_MAX : milliseconds)) == 0;
}

static int choose_certificate(gnutls_session_t session, const gnutls_datum_t *names, int n_names,
    const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **certificate, unsigned *n,
    gnutls_privkey_t *key)
{
    const struct server *server = handshake_server;
    const struct host *host = tls_find_host(session);
    struct answer scratch = { .status = 0 };
    struct fault_set faults;

    (void)names;
    (void)n_names;
    (void)algorithms;
    (void)n_algorithms;
    if (fault_take(&server->cloud.store, "tls", host->name, &faults) >= 0) {
        (void)fault_apply(&faults, STAGE_BEFORE, &scratch);
        fault_set_done(&faults);
    }
    tls_set_client_rule(session, scratch.client_rule);
    if (scratch.faults[0] != '\0')
        log_handshake(server->log_fd, host->name, scratch.faults);
    /* after an error from here GnuTLS would try its other cipher suites and call again; a dead socket ends it */
    if (!wait_milliseconds(server, scratch.delay) || scratch.drop)
        (void)shutdown(gnutls_transport_get_int(session), SHUT_RDWR);
    identities_get(server->identities, host, scratch.certificate, certificate, key);
    *n = 1;
    return 0;
}

static enum MHD_Result collect_body(struct upload *upload, const char *data, size_t size)
{
    char *grown;

    /* a body that is too large is still read to its end, so that the client is there for the answer */
    if (upload->too_large || size > BODY_LIMIT - upload->size) {
        upload->too_large = true;
        return MHD_YES;
    }
    grown = realloc(upload->body, upload->size + size + 1);
    if (!grown)
        return MHD_NO;
    memcpy(grown + upload->size, data, size);
    upload->body = grown;
    upload->size += size;
    grown[upload->size] = '\0';
    return MHD_YES;
}

static const char *find_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static unsigned find_client_port(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info && info->client_addr->sa_family == AF_INET
               ? ntohs(((const struct sockaddr_in *)(const void *)info->client_addr)->sin_port)
               : 0;
}

/* Waits as long as the faults want. A longer limit keeps the connection from ending the request before. */
static void delay_answer(
    const struct server *server, struct MHD_Connection *connection, struct answer *answer)
{
    if (answer->delay <= 0)
        return;
    (void)MHD_set_connection_option(
        connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)(answer->delay / 1000 + IDLE_TIMEOUT));
    if (!wait_milliseconds(server, answer->delay))
        answer->drop = true;
}

/* Lets the faults and the handler make the answer. 0, or negative errno if the sandbox itself failed. */
static int make_answer(
    const struct server *server, struct MHD_Connection *connection, struct call *call, struct answer *answer)
{
    const struct endpoint *endpoint = route_find(call, answer);
    struct fault_set faults;
    int r;

    if (!endpoint)
        return 0;
    r = fault_take(&server->cloud.store, endpoint->name, NULL, &faults);
    if (r < 0)
        return r;
    call->faults = &faults;
    fault_note_quirks(&faults, answer);
    r = fault_apply(&faults, STAGE_BEFORE, answer);
    if (r >= 0)
        delay_answer(server, connection, answer);
    if (r >= 0 && !answer->drop) {
        r = fault_apply(&faults, STAGE_INSTEAD, answer);
        if (r == 0)
            r = endpoint->run(call, answer);
        if (r >= 0)
            r = fault_apply(&faults, STAGE_AFTER, answer);
    }
    call->faults = NULL;
    fault_set_done(&faults);
    return r < 0 ? r : 0;
}

static enum MHD_Result answer_request(const struct server *server, struct MHD_Connection *connection,
    const char *method, const char *path, const struct upload *upload)
{
    const char *id = find_header(connection, "X-Request-Id"), *host = find_header(connection, "Host");
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    char made_id[UUID_LENGTH + 1] = "";
    const struct request request = {
        .method = method,
        .path = path,
        .id = id ? id : made_id,
        .host = host_find(host),
        .host_name = host ? host : "",
        .authorization = find_header(connection, "Authorization"),
        .content_type = find_header(connection, "Content-Type"),
        .content_transfer_encoding = find_header(connection, "Content-Transfer-Encoding"),
        .transfer_encoding = find_header(connection, "Transfer-Encoding"),
        .expect = find_header(connection, "Expect"),
        .body = upload->body ? upload->body : "",
        .size = upload->size,
        .too_large = upload->too_large,
        .tls = info ? info->tls_session : NULL,
        .client_port = find_client_port(connection),
    };
    struct call call = { .cloud = &server->cloud, .request = &request };
    struct answer answer = { .status = 500, .request = &request };
    enum MHD_Result result;
    int r;

    if (!id)
        (void)make_random_uuid(made_id);
    r = make_answer(server, connection, &call, &answer);
    if (r < 0 && answer_set_error(&answer, 500, "server_error", strerror(-r)) < 0)
        answer.drop = true;
    result = answer.drop ? MHD_NO : send_answer(connection, &answer, id);
    log_request(server->log_fd, &request, &answer);
    answer_done(&answer);
    return result;
}

static enum MHD_Result handle_request(void *data, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *part, size_t *part_size, void **connection_data)
{
    struct upload *upload = *connection_data;

    (void)version;
    if (!upload) {
        *connection_data = calloc(1, sizeof(*upload));
        return *connection_data ? MHD_YES : MHD_NO;
    }
    if (*part_size > 0) {
        enum MHD_Result result = collect_body(upload, part, *part_size);

        *part_size = 0;
        return result;
    }
    return answer_request(data, connection, method, path, upload);
}

static void free_upload(void *data, struct MHD_Connection *connection, void **connection_data,
    enum MHD_RequestTerminationCode code)
{
    struct upload *upload = *connection_data;

    (void)data;
    (void)connection;
    (void)code;
    if (upload)
        free(upload->body);
    free(upload);
    *connection_data = NULL;
}

int http_listen(int64_t port, int64_t *ret_port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(address);
    _cleanup_close_ int fd = -1;
    int one = 1;

    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -errno;
    *ret_port = ntohs(address.sin_port);
    return TAKE_FD(fd);
}

/* libmicrohttpd reports many mistakes of clients; the log is for the request lines. */
static void ignore_message(void *data, const char *format, va_list arguments)
{
    (void)data;
    (void)format;
    (void)arguments;
}

int http_start(struct server *server, int socket, struct MHD_Daemon **ret)
{
    gnutls_datum_t pem = { NULL, 0 };
    struct MHD_Daemon *daemon;

    /* a trust list makes libmicrohttpd ask for a client certificate, and names the issuer that we want */
    if (gnutls_x509_crt_export2(server->cloud.authorities.issuing.certificate, GNUTLS_X509_FMT_PEM, &pem) <
        0) {
        close(socket);
        return -EIO;
    }
    handshake_server = server;
    daemon =
        MHD_start_daemon(MHD_USE_TLS | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                             MHD_USE_POLL | MHD_USE_ITC | MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ERROR_LOG,
            0, NULL, NULL, handle_request, server, MHD_OPTION_EXTERNAL_LOGGER, ignore_message, NULL,
            MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_HTTPS_PRIORITIES,
            "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_HTTPS_MEM_TRUST, (const char *)pem.data,
            MHD_OPTION_HTTPS_CERT_CALLBACK, choose_certificate, MHD_OPTION_NOTIFY_COMPLETED, free_upload,
            NULL, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT, MHD_OPTION_END);
    gnutls_free(pem.data);
    if (!daemon) {
        close(socket);
        return -EIO;
    }
    *ret = daemon;
    return 0;
}

void http_stop(struct server *server, struct MHD_Daemon *daemon)
{
    /* the descriptor stays readable, so that every delay ends */
    (void)eventfd_write(server->stop_fd, 1);
    MHD_stop_daemon(daemon);
}
