/*
 * The client and its connection: a descriptor with a varlink stream on it, connected when it is needed. The parts above
 * keep their state in the struct, too, so that a client is one piece of memory; each says which members are its own.
 */
#pragma once

#include "common/varlink.h"
#include "threatresponse.h"

struct tr_client {
    char *path; /* NULL: made from a descriptor, or being freed; then it can't connect */
    int fd;     /* -1: not connected */
    int timeout_ms;
    struct varlink_stream stream;
    bool streaming;    /* a call with "more" has not ended */
    int64_t first_due; /* when its first answer is due (client_now); -1: never, or it has come already */
    bool reconnects;   /* streams that start from now on outlive their connection */
    struct client_resumption {
        char *method,
            *parameters; /* the call to send again; method NULL: the stream ends with its connection */
        bool answered;   /* since it was sent */
        bool lost;       /* the connection is gone and has to be made again */
        int pause_ms;
        int64_t retry; /* no attempt before that (client_now) */
    } resumption;
    struct client_call *calls; /* of tr_call_start that are under way, in the order of their answers */
    char *error_parameters;    /* of the last error reply; NULL: none */
};

/* Returns the milliseconds of the monotonic clock. */
int64_t client_now(void);

/* Returns the time at which a timeout that begins now ends; -1 (never) if it is negative. */
int64_t client_due(int timeout_ms);

/* Makes sure that the client is connected for a new call. An idle connection that the daemon has closed, or on which
 * something came that no call asked for, is replaced. Returns 0 or a negative errno and the error. */
int client_connect(struct tr_client *client, int64_t due, struct tr_error *error);

/* Waits until the descriptor is ready for the events. Returns 0, -ETIMEDOUT when it is due, or -EINTR. */
int client_wait(const struct tr_client *client, short events, int64_t due);

/* Closes the connection and nothing else; what may go on without it stays. Safe to repeat. */
void client_close(struct tr_client *client);
