#include "unit/helpers/daemon/echo-service.h"

static int send_newest(struct connection *connection, void *data)
{
    struct echo_service *s = data;

    s->sent++;
    assert_ptr_equal(connection, s->holder);
    if (s->result < 0)
        return s->result;
    _cleanup_json_ json_object *message = json_object_new_object();
    json_add_int(message, "news", s->news);
    return varlink_stream_queue(&connection->stream, message) < 0 ? -ENOBUFS
                                                                  : varlink_stream_flush(&connection->stream);
}

static void on_closed(struct connection *connection, void *data)
{
    struct echo_service *s = data;

    s->closed++;
    assert_ptr_equal(connection, s->holder);
    s->holder = NULL;
}

const struct connection_role echo_role = { send_newest, on_closed };
const struct connection_role echo_role_unwoken = { NULL, on_closed };
const struct connection_role echo_role_unclosed = { send_newest, NULL };

static int reply_text(struct connection *connection, const char *text, int length)
{
    _cleanup_json_ json_object *message = json_object_new_object();

    json_object_object_add(message, "echo", json_object_new_string_len(text, length));
    return varlink_stream_queue(&connection->stream, message);
}

static int reply_size(struct connection *connection, int size)
{
    char *text = malloc((size_t)size);

    assert_non_null(text);
    memset(text, 'x', (size_t)size);
    int r = reply_text(connection, text, size);
    free(text);
    return r;
}

static int run(struct connection *connection, char *text, size_t size)
{
    struct echo_service *s = connection->server->userdata;

    s->calls++;
    assert_int_equal(strlen(text), size);
    if (strncmp(text, "echo:", 5) == 0)
        return reply_text(connection, text + 5, (int)size - 5);
    if (strncmp(text, "size:", 5) == 0)
        return reply_size(connection, atoi(text + 5));
    if (strncmp(text, "error:", 6) == 0)
        return -atoi(text + 6);
    assert_string_equal(text, "role");
    s->holder = connection;
    connection_set_role(connection, s->role, s);
    return 0;
}

static void on_ran(void *userdata)
{
    struct echo_service *s = userdata;

    s->turns++;
}

static json_object *make_refusal(enum reason reason, const char *message, const char *remedy)
{
    json_object *refusal = json_object_new_object();

    json_add_string(refusal, "reason", reason_to_string(reason));
    json_add_string(refusal, "message", message);
    json_add_string(refusal, "remedy", remedy);
    return refusal;
}

void echo_service_start(struct echo_service *s)
{
    static const struct server_handlers handlers = { run, on_ran, make_refusal };

    assert_int_equal(server_start(&s->server, s->f.core, &handlers, s, s->f.socket), 0);
}

int echo_service_set_up(void **state)
{
    struct echo_service *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    fixture_open(&s->f);
    fixture_start_core(&s->f, "api = { max_message = 4096; max_output = 131072; };\n");
    s->role = &echo_role;
    echo_service_start(s);
    *state = s;
    return 0;
}

int echo_service_tear_down(void **state)
{
    struct echo_service *s = *state;

    server_stop(&s->server);
    fixture_close(&s->f);
    free(s);
    return 0;
}

void echo_service_take_role(struct echo_service *s, struct client *client, const struct connection_role *role)
{
    s->role = role;
    client_connect(client, &s->f);
    client_call(client, "role");
    WAIT_FOR(s, s->holder);
}
