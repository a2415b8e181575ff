/*
 * libthreatresponse: a client of threatresponsed, the agent that joins an appliance to the Cisco Threat Response cloud. A
 * client is one connection to the daemon's varlink socket. The .varlink file and GetInterfaceDescription document methods,
 * types and errors of the interface, org.threatresponse.agent.
 *
 * Results: functions return 0 (or what they say) or a negative errno. A ret_ parameter is written on success only and
 * belongs to the caller then. A struct tr_error is written on failure only, and may be NULL. Texts are UTF-8 from elsewhere:
 * escape control characters before you print them. Times are in seconds since 1970 (UTC), timeouts in milliseconds.
 *
 * Connections: a client connects at the first call, and again at the next call after the connection was lost. A call that
 * failed half-way is never sent twice: ask for the state to see whether the daemon has carried it out. The only exception
 * is a stream, if you ask for it (tr_client_set_reconnect).
 *
 * Threads: use a client in one thread at a time; clients are independent of each other. The library has no global state,
 * starts no thread, changes no signal handler and raises no SIGPIPE. Its descriptors are close-on-exec.
 *
 * Compatibility: structures that the library allocates may grow at their end: never copy or embed one. Enumerations may
 * grow; a value that this library doesn't know is TR_..._OTHER.
 */
#ifndef THREATRESPONSE_H
#define THREATRESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define TR_SOCKET_PATH "/run/threatresponsed/org.threatresponse.agent"

/* The default time limit of a call, and the longest message in bytes. */
#define TR_TIMEOUT_DEFAULT 5000
#define TR_MESSAGE_MAX (1024 * 1024)

struct tr_client;

/* The kinds of failures; the values are the exit codes of trctl. */
enum tr_error_class {
    TR_CLASS_FAILED = 1,
    TR_CLASS_USAGE = 2,       /* wrong arguments */
    TR_CLASS_UNREACHABLE = 3, /* the daemon isn't there or doesn't answer */
    TR_CLASS_DENIED = 4,
    TR_CLASS_ALREADY = 5, /* it is already as asked for */
    TR_CLASS_BUSY = 6,
    TR_CLASS_REFUSED = 7, /* by the cloud */
    TR_CLASS_TIMED_OUT = 8,
};

/*
 * A failure. The code is the full name of the daemon's error (org.threatresponse.agent.Refused, ...) or one of
 *   not_running        nothing listens at the path (-ENOENT, -ECONNREFUSED)
 *   permission_denied  the socket may not be used (-EACCES, -EPERM)
 *   closed             the daemon closed the connection before it answered (-ECONNRESET)
 *   timed_out          the daemon did not answer in time (-ETIMEDOUT)
 *   bad_reply          the answer isn't varlink or not of this interface (-EBADMSG, -EMSGSIZE)
 *   bad_parameters     the parameters aren't a JSON object, or the method or the path is unusable (-EINVAL, -EMSGSIZE,
 *                      -ENAMETOOLONG)
 *   busy_client        the client already has a stream or calls under way (-EBUSY), or has no stream (-ENOTCONN)
 *   failed             anything else, for instance -ENOMEM
 * An error of the daemon makes the function return -EREMOTEIO. Texts that don't fit are cut.
 */
struct tr_error {
    enum tr_error_class exit_class;
    char code[96];
    char reason[32];    /* type Reason of the interface; empty if the error has none */
    char message[1024]; /* one sentence: what happened */
    char hint[512];     /* one sentence: what to do; may be empty */
};

enum tr_state {
    TR_STATE_OTHER = -1,
    TR_STATE_UNREGISTERED = 1,
    TR_STATE_REGISTERING,
    TR_STATE_REGISTERED,
    TR_STATE_DEREGISTERING,
};

enum tr_health {
    TR_HEALTH_OTHER = -1,
    TR_HEALTH_NONE, /* not registered */
    TR_HEALTH_OK,
    TR_HEALTH_UNREACHABLE,
    TR_HEALTH_RENEWAL_OVERDUE,
    TR_HEALTH_CERTIFICATE_EXPIRED,
    TR_HEALTH_REMOVED_IN_PORTAL,
    TR_HEALTH_IDENTITY_CHANGED,
    TR_HEALTH_DISABLED,
    TR_HEALTH_SERVER_UNKNOWN,
    TR_HEALTH_STATE_LOST,
    TR_HEALTH_CONFIG_INVALID,
};

enum tr_operation {
    TR_OPERATION_OTHER = -1,
    TR_OPERATION_NONE,
    TR_OPERATION_REGISTER,
    TR_OPERATION_DEREGISTER,
    TR_OPERATION_REFRESH,
    TR_OPERATION_RENEW,
};

enum tr_cluster_mode {
    TR_CLUSTER_MODE_OTHER = -1,
    TR_CLUSTER_MODE_NONE, /* not configured */
    TR_CLUSTER_MODE_MACHINE,
    TR_CLUSTER_MODE_GROUP,
    TR_CLUSTER_MODE_CLUSTER,
};

/* A regional server. */
struct tr_server {
    int64_t number; /* in the list, from 1 */
    const char *label;
    const char *fqdn;
    bool supported;
};

struct tr_tenant {
    const char *id;
    const char *name;
};

/* The last failure of the registration. */
struct tr_failure {
    const char *reason;
    const char *message;
    const char *remedy;
    bool permanent; /* another try can't help */
    int64_t time;
    enum tr_operation operation;
    const char *step;
    const char *request_id; /* NULL if there is none */
    bool has_clock_offset;
    int64_t clock_offset; /* seconds that this clock is ahead of the server's */
};

struct tr_certificate {
    const char *subject;
    const char *issuer;
    const char *serial;
    int64_t not_before;
    int64_t not_after;
    const char *fingerprint;
    const char *key_type;
    int64_t next_renewal;
};

/* A user of the appliance. */
struct tr_user {
    int64_t uid;
    const char *user_name;
};

/* The registration. Unknown times are 0, unknown texts and structures NULL. */
struct tr_registration {
    enum tr_state state;
    int64_t since;
    enum tr_health health;
    enum tr_operation operation; /* under way, or waiting for its next attempt */
    const char *step;
    bool running;    /* a worker is doing the step now */
    int64_t attempt; /* failed attempts of the step */
    int64_t next_attempt;
    int64_t last_success;
    const struct tr_failure *last_failure;
    int64_t next_refresh;
    const char *guid;
    const struct tr_server *server;
    const struct tr_tenant *tenant;
    const struct tr_certificate *certificate;
    const struct tr_user *requested_by; /* the last to register, deregister, cancel or reset the identity */
    bool has_clock_offset;
    int64_t clock_offset; /* seconds that this clock was ahead of the cloud's by its last answer */
};

/* The settings that a user has staged and not committed. */
struct tr_candidate {
    int64_t uid;
    const char *user_name;
    int64_t base_revision;
    bool has_enabled; /* enabled is staged */
    bool enabled;
    const char *server; /* NULL: not staged */
};

/* The whole state. Texts that don't apply are NULL. */
struct tr_status {
    const char *version;
    const char *product;
    const char *name;
    bool enabled;                   /* committed */
    const struct tr_server *server; /* committed */
    int64_t revision;
    const struct tr_candidate *const *staged;
    size_t n_staged;
    const struct tr_registration *registration;
    const char *proxy;
    const char *state_fault;
    const char *config_fault;
    enum tr_cluster_mode cluster_mode; /* in which the console starts */
};

/* Returns the version of the library, a static text. */
const char *tr_version(void);

/* Makes a client for the socket at path (NULL: TR_SOCKET_PATH) that isn't connected yet. Returns 0 or -ENOMEM. */
int tr_client_new(const char *path, struct tr_client **ret_client);

/* Makes a client of a connected stream socket, which the client closes; it can't connect again. Returns 0, -EINVAL or
 * -ENOMEM. */
int tr_client_new_fd(int fd, struct tr_client **ret_client);

/* Closes and frees a client. Accepts NULL, returns NULL. */
struct tr_client *tr_client_free(struct tr_client *client);

/* Limits how long a call may take, from connecting to the answer; negative: without end. Holds from the next call. */
void tr_client_set_timeout(struct tr_client *client, int timeout_ms);

/* Connects now, unless it is connected, to find out early whether the daemon is there. */
int tr_client_connect(struct tr_client *client, struct tr_error *error);

/* Closes the connection, and ends a stream and the calls under way. The next call connects again. */
void tr_client_disconnect(struct tr_client *client);

/* Lets streams outlive their connection, as a watch of the state should when the daemon is restarted. Holds from the next
 * stream; use it only for calls that may be sent twice, such as GetStatus. Once a stream has answered, a lost connection
 * doesn't end it: tr_stream_next returns TR_STREAM_LOST, and later calls of it try within their timeout to reach the daemon
 * again, with pauses of at most a second. The answers then begin again, those of a watch with the present state. Meanwhile
 * there is no descriptor to poll: call tr_stream_next again after a while. A client of tr_client_new_fd can't connect again.
 */
void tr_client_set_reconnect(struct tr_client *client, bool reconnect);

/* Returns the descriptor to poll while a stream runs or calls are under way; -1 if the client isn't connected. It may change
 * whenever the client connects again. */
int tr_client_get_fd(const struct tr_client *client);

/* Calls a method and waits for its answer. The method is a short name of org.threatresponse.agent ("Commit") or a full one;
 * parameters is the text of a JSON object or NULL. The answer is the JSON text of the reply's parameters, which the caller
 * frees. Failures are those of struct tr_error. */
int tr_call(struct tr_client *client, const char *method, const char *parameters, char **ret_reply,
    struct tr_error *error);

/* Returns the parameters of the daemon's error as JSON text; NULL if the last call didn't end with one. Borrowed, valid
 * until the next call. */
const char *tr_client_error_parameters(const struct tr_client *client);

/* Takes the end of a call of tr_call_start: either result is 0 and reply the JSON text of the reply's parameters, or result
 * is a negative errno as tr_call returns it and error says more. Both last until the callback returns. The callback may
 * start calls; it must not disconnect or free the client. */
typedef void (*tr_callback)(void *userdata, int result, const char *reply, const struct tr_error *error);

/* Starts a call without waiting for anything, for programs with a loop of their own: tr_process passes the answer to the
 * callback. Several calls may be under way; they are carried out and answered in order, each within the client's time limit.
 * On failure the callback doesn't run; on success it runs exactly once, at the latest when the client is disconnected or
 * freed. Meanwhile streams and calls that wait are -EBUSY. */
int tr_call_start(struct tr_client *client, const char *method, const char *parameters, tr_callback callback,
    void *userdata, struct tr_error *error);

/* Return what to poll the descriptor for (POLLIN, POLLOUT), and how long: milliseconds until the first call is due, -1
 * without end. Both may change with every call of this library. */
short tr_client_get_events(const struct tr_client *client);
int tr_client_get_timeout(const struct tr_client *client);

/* Goes on with the calls under way as far as it can without waiting, and returns how many have ended. Call it when the
 * descriptor is ready or the time has come; it does no harm at any other time. A call that isn't answered in time ends all
 * of them, since later answers couldn't be told apart. */
int tr_process(struct tr_client *client);

/* Sends a call with "more", whose answers tr_stream_next returns. While the stream runs, other calls on this client are
 * -EBUSY. */
int tr_stream_start(
    struct tr_client *client, const char *method, const char *parameters, struct tr_error *error);

/* Returned by tr_stream_next and tr_watch_next when the connection is lost and will be made again. */
#define TR_STREAM_LOST 2

/* Waits for the next answer up to timeout_ms (0: doesn't wait, negative: without end); the caller frees it. Returns 1 if
 * more answers will follow, 0 if it was the last, -EAGAIN if none came in time, or -EINTR if a signal handler ran; the last
 * two leave the stream as it is. Returns TR_STREAM_LOST and no answer (NULL) as tr_client_set_reconnect says. Any other
 * failure ends the stream; it is -ETIMEDOUT if the first answer doesn't come within the client's time limit. */
int tr_stream_next(struct tr_client *client, int timeout_ms, char **ret_reply, struct tr_error *error);

/* Asks for the state; free it by tr_status_free. */
int tr_get_status(struct tr_client *client, struct tr_status **ret_status, struct tr_error *error);

/* Starts a stream of states: the present one, then the newest one after each change. */
int tr_watch_start(struct tr_client *client, struct tr_error *error);

/* Waits for the next state like tr_stream_next. */
int tr_watch_next(
    struct tr_client *client, int timeout_ms, struct tr_status **ret_status, struct tr_error *error);

/* Reads an answer to GetStatus that tr_call or tr_stream_next has returned. Returns 0, -EBADMSG if it is something else, or
 * -ENOMEM. */
int tr_status_parse(const char *reply, struct tr_status **ret_status);

/* Frees a state and everything that it points to. Accepts NULL, returns NULL. */
struct tr_status *tr_status_free(struct tr_status *status);

/* Return the name, as in the interface; "unknown" for TR_..._OTHER, "none" for TR_..._NONE. */
const char *tr_state_to_string(enum tr_state state);
const char *tr_health_to_string(enum tr_health health);
const char *tr_operation_to_string(enum tr_operation operation);
const char *tr_cluster_mode_to_string(enum tr_cluster_mode mode);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
