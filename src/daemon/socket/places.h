/*
 * Who gets one of the limited places for connections. Some are kept for administrators, and root is always served: when
 * all are taken, a newcomer gets that of the user who has most, first one that is idle, then the one that was used
 * longest ago. Nobody takes the place of somebody with more rights. The server owns the object.
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
    PLACE_MEMBER, /* of api.admin_group */
    PLACE_ROOT,   /* uid 0, or the daemon's own user */
    PLACE_RANKS_,
};

struct places {
    struct place_user {
        struct place_user *next;
        uid_t uid;
        size_t n, of_rank[PLACE_RANKS_];
    } * users; /* who have a connection */
    size_t n, of_rank[PLACE_RANKS_];
};

/* Looks for a place. Returns NULL if there is one, with the connection that must be ended for it in *ret_victim (NULL:
 * none); else the key of the configuration that forbids it. */
const char *places_find(
    const struct server *server, uid_t uid, enum place_rank rank, struct connection **ret_victim);

/* Counts a connection that has come, and sets its user; and one that goes. places_enter returns 0 or -ENOMEM. */
int places_enter(struct places *places, struct connection *connection);
void places_leave(struct places *places, const struct connection *connection);
