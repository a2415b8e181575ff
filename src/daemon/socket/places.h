/*
 * Assigns the limited places for connections. Some are kept for administrators, and root always gets one.
 * When all are used, a newcomer replaces a connection of the user who has most: an idle one first, then the
 * least recently used. No client replaces one with more rights. The server owns the object.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct connection;
struct server;

/* The rights of a client when it connected. */
enum place_rank {
    PLACE_USER,
    PLACE_MEMBER, /* member of api.admin_group */
    PLACE_ROOT,   /* uid 0, or the daemon's own user */
    PLACE_RANKS_,
};

struct places {
    struct place_user {
        struct place_user *next;
        uid_t uid;
        size_t n, of_rank[PLACE_RANKS_];
    } * users; /* users with a connection */
    size_t n, of_rank[PLACE_RANKS_];
};

/* Finds a place. Returns NULL on success, with the connection to end for it in *ret_victim (NULL: no
 * connection); else the configuration key of the limit. */
const char *places_find(
    const struct server *server, uid_t uid, enum place_rank rank, struct connection **ret_victim);

/* Add a connection to its user's places, and remove it. places_enter() returns 0 or -ENOMEM. */
int places_enter(struct places *places, struct connection *connection);
void places_leave(struct places *places, const struct connection *connection);
