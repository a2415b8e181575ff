/*
 * The inside of libthreatresponse. A client owns its descriptor and stream; the functions here fill the
 * tr_error and leave the connection closed wherever what would come next on it can't be known.
 */
#pragma once

#include "common/varlink.h"
#include "threatresponse.h"

#define CLIENT_INTERFACE "org.threatresponse.agent"

struct tr_client {
    char *path; /* NULL: made from a descriptor */
    int fd;
    int timeout_ms;
    struct varlink_stream stream;
    bool streaming;    /* a call with "more" has not ended */
    int64_t first_due; /* when its first answer is due (client_now); -1: never, or it has come */
    bool reconnects;   /* streams that begin now outlive their connection */
    struct client_resumption {
        char *method, *parameters; /* what to send again; method NULL: the stream ends with its connection */
        bool answered;             /* since it was sent */
        bool lost;                 /* waits for the daemon */
        int pause_ms;
        int64_t retry; /* no attempt before that (client_now) */
    } resumption;
    struct client_call *calls; /* of tr_call_start, in the order of their answers */
    char *error_parameters;    /* of the last error reply */
};

/* Milliseconds of the monotonic clock, and the time at which a timeout from now ends (-1: never). */
int64_t client_now(void);
int64_t client_due(int timeout_ms);

/* Connects unless it is connected. */
int client_connect(struct tr_client *client, int64_t due, struct tr_error *error);

/* Queues a call, connecting by a time; or sends it by then, too. */
int client_queue(struct tr_client *client, const char *method, const char *parameters, bool more, int64_t due,
    struct tr_error *error);
int client_send(struct tr_client *client, const char *method, const char *parameters, bool more, int64_t due,
    struct tr_error *error);

/* Turns an error reply, which it ends, into the failure, and keeps its parameters for who asks for them. */
int client_refuse(struct tr_client *client, struct varlink_reply *reply, struct tr_error *error);

/* Ends the calls of tr_call_start that are under way, with the failure r. */
void client_fail_calls(struct tr_client *client, int r);

/* Waits for the answer to a call; an error reply is -EREMOTEIO. The caller ends it by varlink_reply_done. */
int client_receive(
    struct tr_client *client, int64_t due, struct varlink_reply *ret_reply, struct tr_error *error);

/* Closes the connection, and nothing else. */
void client_close(struct tr_client *client);

/* Remembers how a stream was begun, if it is to outlive its connection. 0 or -ENOMEM. */
int client_resumption_begin(struct tr_client *client, const char *method, const char *parameters);

/* The connection is gone. TR_STREAM_LOST if the stream goes on and its user is to be told, -EAGAIN if it goes
 * on without a word, since no answer came, 0 if it has ended. */
int client_resumption_lose(struct tr_client *client);

/* Sends the call again, as soon as the daemon is there. 0, -EAGAIN when it is due before that, -EINTR, or a
 * failure that ends the stream. */
int client_resume(struct tr_client *client, int64_t due, struct tr_error *error);

/* Forgets it. */
void client_resumption_end(struct tr_client *client);

/* Waits for the next answer of a stream, as tr_stream_next says. */
int client_receive_next(
    struct tr_client *client, int timeout_ms, struct varlink_reply *ret_reply, struct tr_error *error);

/* Makes a state of the answer to GetStatus, whose message it takes over on success. -EBADMSG, -ENOMEM. */
int client_status_new(struct varlink_reply *reply, struct tr_status **ret_status);

/* Fills an error (if it isn't NULL) and returns r. */
int client_fail(struct tr_error *error, int r, enum tr_error_class exit_class, const char *code,
    const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The failure of connecting to a path, of talking on a connection, and an error reply; return r or
 * -EREMOTEIO. */
int client_fail_connect(struct tr_error *error, int r, const char *path);
int client_fail_talk(struct tr_error *error, int r);
int client_fail_reply(struct tr_error *error, const char *name, json_object *parameters);
