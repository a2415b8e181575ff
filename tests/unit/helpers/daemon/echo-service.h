/*
 * A server whose calls are plain words of the test, and a role that the test drives: the transport without the daemon.
 * *state of a test is the struct echo_service. The calls:
 *   "echo:TEXT"  is answered by {"echo":"TEXT"}
 *   "size:N"     is answered by a text of N bytes
 *   "role"       gives the connection the role of the test
 *   "error:N"    ends the connection with -N
 */
#pragma once

#include "daemon/socket/connection.h"
#include "unit/helpers/daemon/client.h"

struct echo_service {
    struct fixture f;
    struct server server;
    size_t calls, turns;                /* that were run; how often the server said so */
    const struct connection_role *role; /* what "role" gives */
    struct connection *holder;          /* of the role; NULL: it has gone, or there was none */
    size_t sent, closed;                /* calls of the role's functions */
    int news;                           /* what the role sends: {"news":N} */
    int result;                         /* of the role's sending */
};

/* The role with both functions, and those that lack one. */
extern const struct connection_role echo_role, echo_role_unwoken, echo_role_unclosed;

/* Before and after a test: the server listens at the fixture's socket. */
int echo_service_set_up(void **state);
int echo_service_tear_down(void **state);

/* Starts the server again, after server_stop. */
void echo_service_start(struct echo_service *s);

/* Connects a client and lets it take the role. */
void echo_service_take_role(
    struct echo_service *s, struct client *client, const struct connection_role *role);

/* Runs until a condition holds that a turn of the loop can change. */
#define WAIT_FOR(s, condition)                                                                               \
    while (!(condition))                                                                                     \
    fixture_turn(&(s)->f)
