#include "common/varlink.h"

#include <errno.h>
#include <sys/socket.h>

enum {
    BUFFER_SIZE_MIN = 1024,
};

void varlink_stream_init(
    struct varlink_stream *stream, int fd_in, int fd_out, size_t limit_in, size_t limit_out)
{
    *stream = (struct varlink_stream){
        .fd_in = fd_in,
        .fd_out = fd_out,
        .limit_in = limit_in,
        .limit_out = limit_out,
    };
}

static void buffer_done(struct varlink_buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->size);
    free(buffer->data);
    *buffer = (struct varlink_buffer){ 0 };
}

void varlink_stream_done(struct varlink_stream *stream)
{
    buffer_done(&stream->in);
    buffer_done(&stream->out);
    stream->scanned = 0;
}

/* Makes room for more bytes behind the end. Never uses realloc(), which would leave old bytes in freed memory. */
static int buffer_reserve(struct varlink_buffer *buffer, size_t more)
{
    size_t used = buffer->end - buffer->start;

    if (buffer->size - buffer->end >= more)
        return 0;

    if (buffer->size - used < more) {
        size_t size = buffer->size ? buffer->size : BUFFER_SIZE_MIN;
        while (size - used < more)
            size *= 2;

        char *data = malloc(size);
        if (!data)
            return -ENOMEM;
        if (buffer->data)
            memcpy(data, buffer->data + buffer->start, used);
        buffer_done(buffer);
        buffer->data = data;
        buffer->size = size;
    } else
        memmove(buffer->data, buffer->data + buffer->start, used);

    buffer->start = 0;
    buffer->end = used;
    return 0;
}

/* Overwrites and drops bytes at the start. */
static void buffer_consume(struct varlink_buffer *buffer, size_t size)
{
    explicit_bzero(buffer->data + buffer->start, size);
    buffer->start += size;
    if (buffer->start == buffer->end)
        buffer->start = buffer->end = 0;
}

ssize_t varlink_stream_read(struct varlink_stream *stream)
{
    struct varlink_buffer *in = &stream->in;
    size_t used = in->end - in->start;

    if (used >= stream->limit_in)
        return -EMSGSIZE;

    size_t room = used ? used : BUFFER_SIZE_MIN;
    if (room > stream->limit_in - used)
        room = stream->limit_in - used;
    int r = buffer_reserve(in, room);
    if (r < 0)
        return r;

    size_t size = in->size - in->end;
    if (size > stream->limit_in - used)
        size = stream->limit_in - used;
    ssize_t n = read(stream->fd_in, in->data + in->end, size);
    if (n < 0)
        return -errno;
    in->end += (size_t)n;
    return n;
}

int varlink_stream_next(struct varlink_stream *stream, char **ret_text, size_t *ret_size)
{
    struct varlink_buffer *in = &stream->in;
    size_t used = in->end - in->start;

    if (used == 0)
        return 0;

    char *text = in->data + in->start;
    char *nul = used > stream->scanned ? memchr(text + stream->scanned, 0, used - stream->scanned) : NULL;
    if (!nul) {
        stream->scanned = used;
        return used >= stream->limit_in ? -EMSGSIZE : 0;
    }

    *ret_text = text;
    *ret_size = (size_t)(nul - text);
    in->start += *ret_size + 1;
    if (in->start == in->end)
        in->start = in->end = 0;
    stream->scanned = 0;
    return 1;
}

bool varlink_stream_partial(const struct varlink_stream *stream)
{
    return stream->in.end > stream->in.start;
}

int varlink_stream_queue_text(struct varlink_stream *stream, const char *text, size_t size)
{
    struct varlink_buffer *out = &stream->out;

    if (size >= stream->limit_out || out->end - out->start > stream->limit_out - size - 1)
        return -ENOBUFS;
    int r = buffer_reserve(out, size + 1);
    if (r < 0)
        return r;

    memcpy(out->data + out->end, text, size);
    out->data[out->end + size] = 0;
    out->end += size + 1;
    return 0;
}

int varlink_stream_queue(struct varlink_stream *stream, json_object *message)
{
    size_t size;
    const char *text = json_text(message, &size);

    if (!text)
        return -ENOMEM;
    int r = varlink_stream_queue_text(stream, text, size);
    json_erase_text(text, size);
    return r;
}

/* Sends some of the bytes. Returns their number or a negative errno. */
static ssize_t send_some(int fd, const char *data, size_t size)
{
    ssize_t n;

    do {
        n = send(fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno == ENOTSOCK)
            n = write(fd, data, size);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int varlink_stream_send_text(struct varlink_stream *stream, const char *text, size_t size)
{
    ssize_t n = varlink_stream_pending(stream) > 0 ? 0 : send_some(stream->fd_out, text, size + 1);

    if (n < 0 && n != -EAGAIN)
        return (int)n;
    if (n < 0)
        n = 0;
    return (size_t)n == size + 1 ? 0 : varlink_stream_queue_text(stream, text + n, size - (size_t)n);
}

int varlink_stream_flush(struct varlink_stream *stream)
{
    struct varlink_buffer *out = &stream->out;

    while (out->end > out->start) {
        ssize_t n = send_some(stream->fd_out, out->data + out->start, out->end - out->start);
        if (n < 0)
            return (int)n;
        buffer_consume(out, (size_t)n);
    }
    return 0;
}

size_t varlink_stream_pending(const struct varlink_stream *stream)
{
    return stream->out.end - stream->out.start;
}

/* A key of a message, the type of its value, and where that is stored. */
struct key {
    const char *name;
    json_type type;
    void *value; /* bool, const char * or json_object * as the type says */
};

static int parse_message(
    char *text, size_t size, size_t values, const struct key keys[], size_t n, json_object **ret)
{
    _cleanup_json_erase_ json_object *message = NULL;

    int r = json_parse_limited(text, size, values, &message);
    explicit_bzero(text, size);
    if (r < 0)
        return r;

    json_object_object_foreach(message, name, value)
    {
        const struct key *key = keys;

        while (key < keys + n && !streq(key->name, name))
            key++;
        /* Null stands for no parameters: varlink for Go sends it. */
        if (key < keys + n && key->type == json_type_object && !value)
            continue;
        if (key == keys + n || !json_object_is_type(value, key->type))
            return -EBADMSG;
        if (key->type == json_type_boolean)
            *(bool *)key->value = json_object_get_boolean(value);
        else if (key->type == json_type_string)
            *(const char **)key->value = json_object_get_string(value);
        else
            *(json_object **)key->value = value;
    }

    *ret = TAKE_PTR(message);
    return 0;
}

int varlink_call_parse(char *text, size_t size, struct varlink_call *ret)
{
    struct varlink_call call = { 0 };
    bool upgrade = false;
    const struct key keys[] = {
        { "method", json_type_string, &call.method },
        { "parameters", json_type_object, &call.parameters },
        { "more", json_type_boolean, &call.more },
        { "oneway", json_type_boolean, &call.oneway },
        { "upgrade", json_type_boolean, &upgrade },
    };

    int r = parse_message(text, size, VARLINK_CALL_VALUES_MAX, keys, ELEMENTS(keys), &call.message);
    if (r < 0)
        return r;
    /* After an upgrade the caller would speak another protocol, and we know none. */
    if (!call.method || upgrade || (call.oneway && call.more)) {
        varlink_call_done(&call);
        return -EBADMSG;
    }

    *ret = call;
    return 0;
}

int varlink_reply_parse(char *text, size_t size, struct varlink_reply *ret)
{
    struct varlink_reply reply = { 0 };
    const struct key keys[] = {
        { "error", json_type_string, &reply.error },
        { "parameters", json_type_object, &reply.parameters },
        { "continues", json_type_boolean, &reply.continues },
    };

    int r = parse_message(text, size, VARLINK_REPLY_VALUES_MAX, keys, ELEMENTS(keys), &reply.message);
    if (r < 0)
        return r;
    if (reply.error && reply.continues) {
        varlink_reply_done(&reply);
        return -EBADMSG;
    }

    *ret = reply;
    return 0;
}

void varlink_call_done(struct varlink_call *call)
{
    call->message = json_put_erased(call->message);
}

void varlink_reply_done(struct varlink_reply *reply)
{
    reply->message = json_put_erased(reply->message);
}

static json_object *make_message(const char *key, const char *name, json_object *parameters)
{
    _cleanup_json_ json_object *message = json_object_new_object();

    if (!message || json_add_string(message, key, name) < 0) {
        json_put_erased(parameters);
        return NULL;
    }
    if (json_add(message, "parameters", parameters) < 0)
        return NULL;
    return TAKE_PTR(message);
}

json_object *varlink_make_call(const char *method, json_object *parameters, bool more)
{
    _cleanup_json_erase_ json_object *message = make_message("method", method, parameters);

    if (message && more && json_add_bool(message, "more", true) < 0)
        return NULL;
    return TAKE_PTR(message);
}

/* Makes a reply or an error. One without parameters gets an empty object, as other implementations expect. */
static json_object *make_answer(const char *error, json_object *parameters)
{
    if (!parameters && !(parameters = json_object_new_object()))
        return NULL;
    return make_message("error", error, parameters);
}

json_object *varlink_make_reply(json_object *parameters)
{
    return make_answer(NULL, parameters);
}

json_object *varlink_make_part(json_object *parameters)
{
    _cleanup_json_erase_ json_object *message = varlink_make_reply(parameters);

    if (!message || json_add_bool(message, "continues", true) < 0)
        return NULL;
    return TAKE_PTR(message);
}

json_object *varlink_make_error(const char *error, json_object *parameters)
{
    return make_answer(error, parameters);
}
