/*
 * A client of the daemon in the same process, on the daemon's event loop. It knows what it has asked, and demands of each
 * reply that it is the next one that is due and follows the interface description. Nothing but a malformed message may make
 * the daemon hang up.
 */
#pragma once

#include <errno.h>
#include <sys/socket.h>

#include "daemon/api/methods.h"

#include "fuzz/fuzz-daemon.h"
#include "fuzz/fuzz-idl.h"

enum {
    CLIENT_DUE_MAX = 128,
};

/* The descriptions of what the daemon answers. */
struct fuzz_interfaces {
    json_object *agent, *service, *casebook;
};

struct fuzz_client {
    struct manager *manager; /* NULL: not connected */
    const struct fuzz_interfaces *interfaces;
    struct varlink_stream stream;
    struct due {
        json_object *out;  /* the type of the reply; NULL: only an error can be it */
        json_object *idl;  /* of that type; NULL: the agent's */
        const char *error; /* the error that it has to be; NULL: it may be any of the interfaces */
        bool more, begun;  /* several replies may come; one has come */
    } due[CLIENT_DUE_MAX];
    size_t first, n; /* replies that are due */
    size_t fragment; /* bytes that are sent at a time, and in not much more than 32 pieces */
    bool malformed;  /* it has sent what ends a connection */
};

static inline void fuzz_settle(struct manager *manager)
{
    while (sd_event_run(manager->core.event, 0) > 0)
        ;
}

static inline void fuzz_client_hang_up(struct fuzz_client *client)
{
    if (!client->manager)
        return;
    varlink_stream_done(&client->stream);
    close(client->stream.fd_in);
    client->manager = NULL;
    client->first = client->n = 0;
    client->malformed = false;
}

static inline void fuzz_client_connect(struct fuzz_client *client, struct manager *manager, uid_t uid)
{
    const struct ucred peer = { .uid = uid, .gid = uid, .pid = getpid() };
    int fds[2];

    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    REQUIRE(connection_add(&manager->api.server, fds[0], &peer, PLACE_USER) == 0);
    varlink_stream_init(&client->stream, fds[1], fds[1], 1 << 24, 1 << 20);
    client->manager = manager;
    client->fragment = SIZE_MAX;
}

/* The error of that full name in the descriptions. */
static inline json_object *fuzz_find_error(const struct fuzz_interfaces *interfaces, const char *name)
{
    json_object *idl = idl_member(interfaces->agent, name) ? interfaces->agent : interfaces->service;
    const char *member = idl_member(idl, name);

    return member ? json_get_object(json_get_object(idl, "errors"), member) : NULL;
}

static inline void fuzz_client_check(struct fuzz_client *client, const struct varlink_reply *reply)
{
    struct due *due = &client->due[client->first % CLIENT_DUE_MAX];
    json_object *idl = client->interfaces->agent;

    REQUIRE(client->n > 0);
    REQUIRE(due->more || !reply->continues);
    if (reply->error) {
        json_object *type = fuzz_find_error(client->interfaces, reply->error);

        if (!type || (due->error && !streq(due->error, reply->error)))
            fail_msg("the error %s is not %s", reply->error, due->error ? due->error : "declared");
        idl_check_value(idl, type, reply->parameters);
    } else {
        if (due->error)
            fail_msg("a reply in place of %s", due->error);
        REQUIRE(due->out);
        idl_check_value(due->idl ? due->idl : idl, due->out, reply->parameters);
    }
    due->begun = true;
    if (!reply->continues) {
        client->first++;
        client->n--;
    }
}

/* Takes what has come; true if there was something. */
static inline bool fuzz_client_receive(struct fuzz_client *client)
{
    struct varlink_reply reply;
    bool any = false;
    ssize_t n = 0;
    size_t size;
    char *text;

    while (client->manager && (n = varlink_stream_read(&client->stream)) > 0) {
        any = true;
        while (varlink_stream_next(&client->stream, &text, &size) > 0) {
            REQUIRE(varlink_reply_parse(text, size, &reply) == 0);
            fuzz_client_check(client, &reply);
            varlink_reply_done(&reply);
        }
    }
    if (client->manager && n != -EAGAIN) {
        REQUIRE(client->malformed);
        fuzz_client_hang_up(client);
    }
    return any;
}

/* Sends a message, good or malformed, for which a reply is due, or none (NULL). A daemon that does not read, since it is
 * busy with a stream, is left alone. */
static inline void fuzz_client_send(
    struct fuzz_client *client, const char *text, size_t size, bool good, const struct due *due)
{
    size_t sent = 0, step = client->fragment > size / 32 ? client->fragment : size / 32;

    if (client->malformed || client->n == CLIENT_DUE_MAX)
        return;
    client->malformed = !good;
    if (due)
        client->due[(client->first + client->n++) % CLIENT_DUE_MAX] = *due;
    while (client->manager && sent < size + 1) {
        size_t left = size + 1 - sent;
        ssize_t n = send(client->stream.fd_out, text + sent, left < step ? left : step, MSG_NOSIGNAL);

        if (n > 0)
            sent += (size_t)n;
        if (sent <= size) {
            fuzz_settle(client->manager);
            if (!fuzz_client_receive(client) && n < 0)
                fuzz_client_hang_up(client);
        }
    }
}

/* All that can be answered has been: what is still due is the rest of a stream, or stands behind one. */
static inline void fuzz_client_finish(struct fuzz_client *client)
{
    while (client->manager) {
        fuzz_settle(client->manager);
        if (!fuzz_client_receive(client))
            break;
    }
    if (!client->manager)
        return;
    const struct due *due = &client->due[client->first % CLIENT_DUE_MAX];
    REQUIRE(client->n == 0 || (due->more && due->begun));
    REQUIRE(!client->malformed || client->n > 0);
}
