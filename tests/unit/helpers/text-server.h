/*
 * A server on a socket in a temporary directory, in a thread of the test: it says the text of the test to each connection.
 * One connection at a time.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/memory.h"
#include "threatresponse.h"
#include "unit/helpers/temporary.h"

struct text_server {
    char directory[64], path[96];
    int fd;
    pthread_t thread;
    bool with_thread;
    const char *text; /* said after each message; may hold NULs; NULL: nobody accepts */
    size_t size;
    bool speaks_first; /* says the text at once and reads nothing */
    bool by_bytes;     /* says it in single bytes */
    bool stays;        /* goes on until the client closes; else closes after the text */
    int mute;          /* so many connections are closed without the text first */
    int connections;
    char received[1024]; /* the last message */
};

#define SAYS(string) .text = (string), .size = sizeof(string)
#define SAY(server, string) ((server)->text = (string), (server)->size = sizeof(string))

static inline void text_server_say(const struct text_server *server, int fd)
{
    size_t step = server->by_bytes ? 1 : server->size;

    for (size_t i = 0; i < server->size; i += step)
        if (send(fd, server->text + i, step, MSG_NOSIGNAL) < 0)
            return;
}

/* Reads one message. False at the end. */
static inline bool text_server_read(struct text_server *server, int fd)
{
    size_t n = 0;
    char byte;

    while (recv(fd, &byte, 1, 0) == 1) {
        server->received[n] = byte;
        n += n + 1 < sizeof(server->received);
        if (byte == 0)
            return true;
    }
    return false;
}

static inline void *text_server_serve(void *userdata)
{
    struct text_server *server = userdata;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        server->connections++;
        if (server->speaks_first)
            text_server_say(server, fd);
        while (!server->speaks_first && text_server_read(server, fd)) {
            if (server->mute > 0) {
                server->mute--;
                break;
            }
            text_server_say(server, fd);
            if (!server->stays)
                break;
        }
        close(fd);
    }
    return NULL;
}

/* Returns a socket of a type that is bound to a path. */
static inline int text_server_bind(int type, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Listens, again at the old path if the server has been stopped. */
static inline void text_server_start(struct text_server *server, int backlog)
{
    if (!server->directory[0]) {
        assert_non_null(mkdtemp(temporary_template(server->directory, "text-server")));
        snprintf(server->path, sizeof(server->path), "%s/socket", server->directory);
    }
    server->fd = text_server_bind(SOCK_STREAM, server->path);
    assert_int_equal(listen(server->fd, backlog), 0);
    server->with_thread = server->text != NULL;
    if (server->with_thread)
        assert_int_equal(pthread_create(&server->thread, NULL, text_server_serve, server), 0);
}

/* Stops listening; the socket stays. */
static inline void text_server_leave(struct text_server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    if (server->with_thread)
        pthread_join(server->thread, NULL);
    server->with_thread = false;
    server->fd = safe_close(server->fd);
}

/* Stops listening, and removes the socket and its directory. */
static inline void text_server_stop(struct text_server *server)
{
    if (server->fd >= 0)
        text_server_leave(server);
    unlink(server->path);
    rmdir(server->directory);
}

/* A client of the server. The caller frees. */
static inline struct tr_client *text_server_client(const struct text_server *server)
{
    struct tr_client *client = NULL;

    assert_int_equal(tr_client_new(server->path, &client), 0);
    return client;
}
