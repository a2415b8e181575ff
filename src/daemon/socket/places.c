#include "daemon/socket/places.h"

#include "common/clock.h"
#include "daemon/socket/connection.h"

#include <errno.h>

enum {
    KEPT_PART = 8,                /* one place in KEPT_PART is kept for administrators */
    FRESH_USEC = 1 * 1000 * 1000, /* a new client counts as busy: its first call may be under way */
};

static struct place_user *find_user(const struct places *places, uid_t uid)
{
    struct place_user *user = places->users;

    while (user && user->uid != uid)
        user = user->next;
    return user;
}

int places_enter(struct places *places, struct connection *connection)
{
    struct place_user *user = find_user(places, connection->uid);

    if (!user) {
        user = calloc(1, sizeof(*user));
        if (!user)
            return -ENOMEM;
        *user = (struct place_user){ .next = places->users, .uid = connection->uid };
        places->users = user;
    }
    connection->user = user;
    user->n++;
    user->of_rank[connection->rank]++;
    places->n++;
    places->of_rank[connection->rank]++;
    return 0;
}

void places_leave(struct places *places, const struct connection *connection)
{
    struct place_user *user = connection->user, **place = &places->users;

    places->n--;
    places->of_rank[connection->rank]--;
    user->of_rank[connection->rank]--;
    if (--user->n > 0)
        return;
    while (*place != user)
        place = &(*place)->next;
    *place = user->next;
    free(user);
}

static bool is_busy(const struct connection *connection, uint64_t now)
{
    return connection->role || varlink_stream_pending(&connection->stream) > 0 ||
           (!connection->asked && now < connection->since + FRESH_USEC);
}

/* Returns true if the first connection is the better one to end. */
static bool is_less_used(const struct connection *one, const struct connection *other, uint64_t now)
{
    bool busy = is_busy(one, now), other_busy = is_busy(other, now);

    return busy != other_busy ? other_busy : one->used < other->used;
}

/* Returns the least used connection of a rank among the users who have "most" of that rank; NULL if there is
 * none. */
static struct connection *find_least_used(const struct server *server, enum place_rank rank, size_t most)
{
    uint64_t now = clock_usec(CLOCK_MONOTONIC);
    struct connection *found = NULL;

    for (struct connection *one = server->connections; one; one = one->next)
        if (one->rank == rank && one->user->of_rank[rank] == most &&
            (!found || is_less_used(one, found, now)))
            found = one;
    return found;
}

static struct connection *find_own(const struct server *server, uid_t uid)
{
    uint64_t now = clock_usec(CLOCK_MONOTONIC);
    struct connection *found = NULL;

    for (struct connection *one = server->connections; one; one = one->next)
        if (one->uid == uid && (!found || is_less_used(one, found, now)))
            found = one;
    return found;
}

static size_t count_most(const struct places *places, enum place_rank rank)
{
    size_t most = 0;

    for (const struct place_user *user = places->users; user; user = user->next)
        if (user->of_rank[rank] > most)
            most = user->of_rank[rank];
    return most;
}

/* Returns true if a user with "own" connections may take one from the user of equal rank who has "most". A
 * user without a connection gets one; another user must not end up with more than the loser keeps. */
static bool may_take_from_equal(enum place_rank rank, size_t own, size_t most)
{
    return rank == PLACE_ROOT || (own == 0 ? most > 0 : most > own + 1);
}

/* Returns the connection to end for a newcomer when all places are used; NULL refuses the newcomer. */
static struct connection *find_victim(const struct server *server, enum place_rank rank, size_t own)
{
    for (enum place_rank lower = PLACE_USER; lower < rank; lower++)
        if (server->places.of_rank[lower] > 0)
            return find_least_used(server, lower, count_most(&server->places, lower));

    size_t most = count_most(&server->places, rank);
    return may_take_from_equal(rank, own, most) ? find_least_used(server, rank, most) : NULL;
}

const char *places_find(
    const struct server *server, uid_t uid, enum place_rank rank, struct connection **ret_victim)
{
    const struct config *config = server->core->config;
    const struct places *places = &server->places;
    const struct place_user *user = find_user(places, uid);
    size_t limit = (size_t)config->max_connections, for_users = limit - limit / KEPT_PART;

    *ret_victim = NULL;
    if (user && user->n >= (size_t)config->max_connections_per_uid) {
        if (rank == PLACE_USER)
            return "api.max_connections_per_uid";
        *ret_victim = find_own(server, uid);
        return NULL;
    }
    if (places->n < limit && (rank > PLACE_USER || places->of_rank[PLACE_USER] < for_users))
        return NULL;
    *ret_victim = find_victim(server, rank, user ? user->of_rank[rank] : 0);
    return *ret_victim ? NULL : "api.max_connections";
}
