/* Tables of the holders of places, the newcomer, and the connection that is ended. */
#include "unit/helpers/daemon/echo-service.h"

#include <sys/socket.h>

enum {
    ONE = 1000001,
    TWO,
    THREE,
    NOBODY_ENDS = -1,
    REFUSED = -2,
    REFUSED_USER = -3,
    HOLDERS = 16,
};

/* A connection as a row of a table has it. */
struct held {
    uid_t uid;
    enum place_rank rank;
    enum {
        IDLE,
        BUSY,
        FRESH,
    } state;
};

#define USER(uid)                                                                                            \
    {                                                                                                        \
        uid, PLACE_USER, IDLE                                                                                \
    }
#define MEMBER(uid)                                                                                          \
    {                                                                                                        \
        uid, PLACE_MEMBER, IDLE                                                                              \
    }
#define ROOT                                                                                                 \
    {                                                                                                        \
        0, PLACE_ROOT, IDLE                                                                                  \
    }
#define WATCHER(uid)                                                                                         \
    {                                                                                                        \
        uid, PLACE_USER, BUSY                                                                                \
    }
#define ROOT_OF(uid)                                                                                         \
    {                                                                                                        \
        uid, PLACE_ROOT, IDLE                                                                                \
    }
#define FOUR(...) __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__

static const struct connection_role role = { NULL, NULL };

/* Makes a connection as the server does when it has taken the client. */
static struct connection *hold(struct echo_service *s, const struct held *held)
{
    const struct ucred peer = { .uid = held->uid, .gid = held->uid, .pid = getpid() };
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(connection_add(&s->server, pair[0], &peer, held->rank), 0);
    close(pair[1]);
    struct connection *connection = s->server.connections;
    connection->asked = held->state != FRESH;
    if (held->state == BUSY)
        connection_set_role(connection, &role, NULL);
    return connection;
}

static void test_table(void **state)
{
    /* 16 places, 2 of them kept for administrators; 6 for one user. */
    static const struct {
        const char *what;
        struct held held[HOLDERS + 1]; /* up to the first that is all zero, in the order of their last use */
        struct held newcomer;
        int ends; /* the place in held of the connection that is ended, or what else comes of it */
    } cases[] = {
        { "there is room", { USER(ONE), USER(ONE) }, USER(TWO), NOBODY_ENDS },
        { "one user has all he may", { FOUR(USER(ONE)), USER(ONE), USER(ONE) }, USER(ONE), REFUSED_USER },
        { "the others' places are taken, by two who have more",
            { FOUR(USER(ONE)), FOUR(USER(TWO)), FOUR(USER(THREE)), USER(TWO), USER(ONE) }, USER(TWO + 9), 0 },
        { "the one who has most is asked, not the one who came first",
            { FOUR(USER(ONE)), USER(TWO), FOUR(USER(THREE)), USER(THREE), USER(THREE), USER(ONE + 9),
                USER(ONE + 8), USER(ONE + 7) },
            USER(ONE + 6), 5 },
        { "what is left for administrators",
            { FOUR(USER(ONE)), FOUR(USER(TWO)), FOUR(USER(THREE)), USER(TWO), USER(ONE) }, MEMBER(TWO + 9),
            NOBODY_ENDS },
        { "who has as many gets no more",
            { FOUR(USER(ONE)), FOUR(USER(TWO)), FOUR(USER(THREE)), USER(TWO + 9), USER(TWO + 8) },
            USER(THREE), REFUSED },
        { "nor who would have more than he leaves",
            { FOUR(USER(ONE)), USER(ONE), FOUR(USER(TWO)), FOUR(USER(THREE)), USER(TWO + 9) }, USER(THREE),
            REFUSED },
        { "an equal share is taken",
            { FOUR(USER(ONE)), USER(ONE), USER(ONE), FOUR(USER(TWO)), FOUR(USER(THREE)) }, USER(THREE), 0 },
        { "each of many has one",
            { USER(1), USER(2), USER(3), USER(4), USER(5), USER(6), USER(7), USER(8), USER(9), USER(10),
                USER(11), USER(12), USER(13), USER(14) },
            USER(15), 0 },
        { "one has one, and wants another",
            { USER(1), USER(2), USER(3), USER(4), USER(5), USER(6), USER(7), USER(8), USER(9), USER(10),
                USER(11), USER(12), USER(13), USER(14) },
            USER(14), REFUSED },
        { "watchers go after idle ones",
            { WATCHER(ONE), WATCHER(ONE), USER(ONE), WATCHER(ONE), FOUR(USER(TWO)), FOUR(USER(THREE)),
                USER(ONE), USER(ONE) },
            USER(TWO + 9), 2 },
        { "all watch", { FOUR(WATCHER(ONE)), FOUR(USER(TWO)), FOUR(USER(THREE)), WATCHER(ONE), WATCHER(ONE) },
            USER(TWO + 9), 0 },
        { "who has just come is not idle",
            { { ONE, PLACE_USER, FRESH }, USER(ONE), FOUR(USER(TWO)), FOUR(USER(THREE)), FOUR(USER(ONE)) },
            USER(TWO + 9), 1 },
        { "root, all places are users'",
            { FOUR(USER(ONE)), FOUR(USER(TWO)), FOUR(USER(THREE)), USER(ONE), MEMBER(TWO), ROOT, ROOT }, ROOT,
            0 },
        { "root, all places are members'",
            { FOUR(MEMBER(ONE)), FOUR(MEMBER(TWO)), FOUR(MEMBER(THREE)), MEMBER(TWO), MEMBER(TWO), ROOT,
                ROOT },
            ROOT, 4 },
        { "a member, all places are members'",
            { FOUR(MEMBER(ONE)), FOUR(MEMBER(TWO)), FOUR(MEMBER(THREE)), MEMBER(TWO), MEMBER(TWO), ROOT,
                ROOT },
            MEMBER(TWO + 9), 4 },
        { "a member does not end root's",
            { FOUR(ROOT), ROOT, ROOT, ROOT_OF(1), ROOT_OF(1), ROOT_OF(1), ROOT_OF(1), ROOT_OF(1), ROOT_OF(1),
                ROOT_OF(2), ROOT_OF(2), ROOT_OF(2), ROOT_OF(2) },
            MEMBER(ONE), REFUSED },
        { "a user does not end a member's",
            { FOUR(MEMBER(ONE)), FOUR(MEMBER(TWO)), FOUR(MEMBER(THREE)), FOUR(ROOT) }, USER(TWO + 9),
            REFUSED },
        { "root has all that one user may", { FOUR(ROOT), ROOT, ROOT }, ROOT, 0 },
        { "a member has them", { FOUR(MEMBER(ONE)), { ONE, PLACE_MEMBER, BUSY }, MEMBER(ONE) }, MEMBER(ONE),
            0 },
    };
    struct echo_service *s = *state;
    struct connection *held[HOLDERS], *victim;

    s->f.core->config->max_connections = HOLDERS;
    s->f.core->config->max_connections_per_uid = 6;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        size_t n = 0;
        for (; n < HOLDERS && (cases[i].held[n].uid > 0 || cases[i].held[n].rank > 0); n++)
            held[n] = hold(s, &cases[i].held[n]);
        assert_int_equal(s->server.places.n, n);
        const char *limit = places_find(&s->server, cases[i].newcomer.uid, cases[i].newcomer.rank, &victim);
        int ends = limit ? streq(limit, "api.max_connections") ? REFUSED : REFUSED_USER : NOBODY_ENDS;
        for (size_t k = 0; k < n; k++)
            if (victim == held[k])
                ends = (int)k;
        if (ends != cases[i].ends)
            fail_msg("%s: %d", cases[i].what, ends);
        while (s->server.connections)
            connection_free(s->server.connections);
        assert_int_equal(s->server.places.n, 0);
        assert_null(s->server.places.users);
    }
}

/* The server ends the chosen one, counts it, and serves the newcomer. */
static void test_eviction(void **state)
{
    struct echo_service *s = *state;
    struct client clients[3], newcomer;

    s->f.core->config->max_connections_per_uid = 3;
    for (size_t i = 0; i < 3; i++) {
        client_connect(&clients[i], &s->f);
        client_call(&clients[i], "echo:a");
        client_check_next(&clients[i], "{\"echo\":\"a\"}");
    }
    client_call(&clients[0], "echo:b");
    client_check_next(&clients[0], "{\"echo\":\"b\"}");
    client_connect(&newcomer, &s->f);
    client_call(&newcomer, "echo:c");
    client_check_next(&newcomer, "{\"echo\":\"c\"}");
    client_check_next(&clients[1], "hung up");
    client_call(&clients[0], "echo:d");
    client_check_next(&clients[0], "{\"echo\":\"d\"}");
    assert_int_equal(s->f.core->counters.connections_evicted, 1);
    assert_int_equal(s->f.core->counters.connections_refused, 0);
    client_close(&newcomer);
    for (size_t i = 0; i < 3; i++)
        client_close(&clients[i]);
    assert_int_equal(s->server.places.n, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, echo_service_set_up, echo_service_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_table),
        TEST(test_eviction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
