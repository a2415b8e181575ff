#include "unit/helpers/daemon/client.h"

#include <sys/socket.h>
#include <sys/un.h>

void client_connect(struct client *client, struct fixture *f)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->socket);
    client->fixture = f;
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    varlink_stream_init(&client->stream, client->fd, client->fd, 1 << 20, 1 << 20);
}

void client_close(struct client *client)
{
    varlink_stream_done(&client->stream);
    client->fd = safe_close(client->fd);
    fixture_settle(client->fixture);
}

void client_send(struct client *client, const char *bytes, size_t size)
{
    assert_int_equal(send(client->fd, bytes, size, MSG_NOSIGNAL), size);
}

void client_call(struct client *client, const char *message)
{
    client_send(client, message, strlen(message) + 1);
}

void client_shut(struct client *client)
{
    assert_int_equal(shutdown(client->fd, SHUT_WR), 0);
}

json_object *client_receive(struct client *client)
{
    json_object *message = NULL;
    char *text;
    size_t size;

    while (varlink_stream_next(&client->stream, &text, &size) == 0) {
        ssize_t n = varlink_stream_read(&client->stream);

        if (n == 0 || n == -ECONNRESET)
            return NULL;
        if (n < 0)
            fixture_turn(client->fixture);
    }
    assert_int_equal(json_parse(text, size, &message), 0);
    return message;
}

void client_check_next(struct client *client, const char *expected)
{
    _cleanup_json_ json_object *message = client_receive(client);

    assert_string_equal(message ? json_text(message, NULL) : "hung up", expected);
}

void client_check_silence(struct client *client)
{
    char byte;

    fixture_settle(client->fixture);
    assert_false(varlink_stream_partial(&client->stream));
    assert_int_equal(recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

json_object *client_ask(struct fixture *f, const char *method, const char *parameters)
{
    struct client client;
    char call[8192];

    snprintf(call, sizeof(call), "{\"method\":\"" AGENT "%s\",\"parameters\":%s}", method, parameters);
    client_connect(&client, f);
    client_call(&client, call);
    json_object *reply = client_receive(&client);
    client_close(&client);
    assert_non_null(reply);
    return reply;
}
