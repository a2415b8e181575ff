/*
 * The varlink wire (varlink.org): a message is one JSON object and a NUL byte. A stream frames messages over one or two
 * descriptors, blocking or not; it owns its buffers, not the descriptors. Calls and replies are checked as strictly as by
 * sd-varlink: after -EBADMSG the connection is to be closed. Consumed input and sent output are overwritten, since both may
 * hold secrets.
 */
#pragma once

#include "common/json.h"

enum {
    /* Values in a message, objects and arrays included. Anybody may send a call. */
    VARLINK_CALL_VALUES_MAX = 1024,
    VARLINK_REPLY_VALUES_MAX = 4096,
};

struct varlink_stream {
    int fd_in, fd_out;
    size_t limit_in;  /* bytes of one received message, the NUL included */
    size_t limit_out; /* bytes that wait to be sent */
    struct varlink_buffer {
        char *data;
        size_t start, end, size;
    } in, out;
    size_t scanned; /* bytes of in that are known to hold no NUL */
};

/* Sets up a stream; fd_out may be the same descriptor as fd_in. */
void varlink_stream_init(
    struct varlink_stream *stream, int fd_in, int fd_out, size_t limit_in, size_t limit_out);

/* Erases and frees the buffers. Safe on a zeroed struct, and to repeat. */
void varlink_stream_done(struct varlink_stream *stream);

/* Reads once. Returns the number of bytes, 0 at the end of the input, -EAGAIN, -EMSGSIZE if a message is longer than the
 * limit, or another negative errno. */
ssize_t varlink_stream_read(struct varlink_stream *stream);

/* Takes the next whole message. Returns 1 and its text, which is valid until the next read and which the parse functions
 * overwrite, 0 if there is none yet, or -EMSGSIZE. */
int varlink_stream_next(struct varlink_stream *stream, char **ret_text, size_t *ret_size);

/* True if the input ends within a message. */
bool varlink_stream_partial(const struct varlink_stream *stream);

/* Queue one message: an object, or its text without the NUL. Return 0, -ENOBUFS over the limit, or -ENOMEM. */
int varlink_stream_queue(struct varlink_stream *stream, json_object *message);
int varlink_stream_queue_text(struct varlink_stream *stream, const char *text, size_t size);

/* Sends a NUL-terminated text that the caller keeps. Only what the socket doesn't take at once is copied into the queue.
 * Also returns errors of send(). */
int varlink_stream_send_text(struct varlink_stream *stream, const char *text, size_t size);

/* Sends the queue. Returns 0 when it is empty, -EAGAIN when some of it is left, or another negative errno. */
int varlink_stream_flush(struct varlink_stream *stream);

/* Returns the number of bytes that wait to be sent. */
size_t varlink_stream_pending(const struct varlink_stream *stream);

struct varlink_call {
    const char *method;      /* full name; borrowed from message */
    json_object *parameters; /* NULL if the call has none; borrowed from message */
    bool more, oneway;
    json_object *message;
};

struct varlink_reply {
    const char *error;       /* NULL for a success; borrowed from message */
    json_object *parameters; /* may be NULL; borrowed from message */
    bool continues;
    json_object *message;
};

/* Parse one message and overwrite its text. On success the caller ends it with the *_done function. Return 0, -EBADMSG if it
 * is malformed, or -ENOMEM. */
int varlink_call_parse(char *text, size_t size, struct varlink_call *ret);
int varlink_reply_parse(char *text, size_t size, struct varlink_reply *ret);

/* Erase and free a parsed message. Safe on a zeroed struct. */
void varlink_call_done(struct varlink_call *call);
void varlink_reply_done(struct varlink_reply *reply);

/* Make a message and take over its parameters (NULL: none). Return NULL without memory. */
json_object *varlink_make_call(const char *method, json_object *parameters, bool more);
json_object *varlink_make_reply(json_object *parameters);
json_object *varlink_make_part(json_object *parameters); /* a reply that another one follows */
json_object *varlink_make_error(const char *error, json_object *parameters);
