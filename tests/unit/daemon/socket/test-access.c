/* The rights of users, with a clock of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "common/memory.h"
#include "daemon/socket/access.h"

#define SECOND UINT64_C(1000000)
#define STRANGER 1000001

static struct access table;
static int ends[2];

static int set_up(void **state)
{
    (void)state;
    table = (struct access){ 0 };
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int tear_down(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    access_done(&table);
    return 0;
}

static bool may(uid_t uid, gid_t gid, const char *group, uint64_t now)
{
    const struct ucred peer = { .uid = uid, .gid = gid, .pid = getpid() };

    return access_may_write(&table, group, ends[0], &peer, now);
}

static void test_who(void **state)
{
    (void)state;
    assert_true(may(0, STRANGER, "", 1));
    assert_true(may(geteuid(), STRANGER, "", 1));
    assert_false(may(STRANGER, STRANGER, "", 1));
    /* uid 1 is Debian's daemon, whose primary group is group daemon. */
    assert_true(may(1, STRANGER, "daemon", 1));
    assert_false(may(2, STRANGER, "daemon", 1));
    assert_false(may(STRANGER, STRANGER, "daemon", 1));
    /* The process says by itself that it is in the group; nobody knows the user. */
    assert_true(may(STRANGER, 1, "daemon", 1));
    access_forget(&table);
    assert_false(may(STRANGER, 1, "no-such-group", 2));
}

/* The supplementary groups of the process count; this one's own are asked for on a socket pair of its own. */
static void test_groups_of_the_process(void **state)
{
    gid_t groups[256];
    int n = getgroups(256, groups);
    struct group *group = NULL;

    (void)state;
    if (geteuid() == 0) {
        const gid_t one = 2;
        assert_int_equal(setgroups(1, &one), 0);
        close(ends[0]);
        close(ends[1]);
        access_done(&table);
        set_up(NULL);
        assert_int_equal(setgroups((size_t)n, groups), 0);
        group = getgrgid(2);
    } else if (n > 0)
        group = getgrgid(groups[0]);
    assert_true(group || n == 0);
    if (group)
        assert_true(may(STRANGER, STRANGER, group->gr_name, 1));
    access_forget(&table);
    assert_false(may(STRANGER, STRANGER, "mail", 1));
}

/* What the database said holds for a minute, and until a reload. */
static void test_kept(void **state)
{
    (void)state;
    assert_false(may(STRANGER, STRANGER, "daemon", 1));
    assert_int_equal(table.n_users, 1);
    table.users[0].member = true;
    assert_true(may(STRANGER, STRANGER, "daemon", 60 * SECOND));
    assert_false(may(STRANGER, STRANGER, "daemon", 60 * SECOND + 1));
    table.users[0].member = true;
    assert_true(may(STRANGER, STRANGER, "daemon", 61 * SECOND));
    access_forget(&table);
    assert_false(may(STRANGER, STRANGER, "daemon", 61 * SECOND));
    /* The group itself is found anew, too. */
    table.group = STRANGER;
    assert_true(may(STRANGER + 1, STRANGER, "daemon", 62 * SECOND));
    access_forget(&table);
    assert_false(may(STRANGER + 1, STRANGER, "daemon", 62 * SECOND));
}

/* Asks about n strangers at a time. */
static void ask_about(uid_t first, size_t n, uint64_t now)
{
    for (uid_t uid = first; uid < first + n; uid++)
        assert_false(may(uid, STRANGER, "daemon", now + (uid - first)));
}

static bool is_known(uid_t uid)
{
    for (size_t i = 0; i < table.n_users; i++)
        if (table.users[i].uid == uid)
            return true;
    return false;
}

/* Many strangers: the database is asked about so many a minute, the table stays as large as it is, and the members in it
 * stay known. Who is in the group by his process is served in any case. */
static void test_bound(void **state)
{
    (void)state;
    assert_true(may(1, STRANGER, "daemon", 1));
    /* The member's question is none of them. */
    ask_about(STRANGER, ACCESS_QUESTIONS_MAX, 2);
    assert_int_equal(table.n_users, ACCESS_KNOWN_MAX);
    assert_true(is_known(STRANGER + ACCESS_QUESTIONS_MAX - 1));
    ask_about(STRANGER + 1000, 3, 200);
    assert_false(is_known(STRANGER + 1000));
    assert_true(may(STRANGER + 1000, 1, "daemon", 300));
    assert_true(may(1, STRANGER, "daemon", 59 * SECOND));

    /* The next minute has new questions; a member's question is none of them. */
    ask_about(STRANGER + 1000, 3 * ACCESS_QUESTIONS_MAX, 61 * SECOND);
    assert_int_equal(table.n_users, ACCESS_KNOWN_MAX);
    assert_true(is_known(STRANGER + 1000 + ACCESS_QUESTIONS_MAX - 1));
    assert_false(is_known(STRANGER + 1000 + ACCESS_QUESTIONS_MAX));
    assert_true(is_known(1));
    assert_true(may(1, STRANGER, "daemon", 62 * SECOND));
    assert_int_equal(table.users[0].member_until, 122 * SECOND);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who),
        TEST(test_groups_of_the_process),
        TEST(test_kept),
        TEST(test_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
