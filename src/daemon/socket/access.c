#include "daemon/socket/access.h"

#include "common/memory.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

enum {
    GROUPS_MAX = 1024,
};

void access_done(struct access *access)
{
    free(access->users);
    *access = (struct access){ 0 };
}

/* Returns the entry of a user; NULL if there is none. */
static struct access_user *find_user(struct access *access, uid_t uid)
{
    for (struct access_user *user = access->users; user < access->users + access->n_users; user++)
        if (user->uid == uid)
            return user;
    return NULL;
}

/* Returns true if the first entry is the better one to replace: strangers before members, then the oldest. */
static bool is_less_worth(const struct access_user *one, const struct access_user *other)
{
    return one->member != other->member ? other->member : one->used < other->used;
}

/* Returns a new entry for a user; NULL without memory. Replaces the oldest stranger if all entries are used,
 * or the oldest member if there is no stranger. */
static struct access_user *make_user(struct access *access, uid_t uid)
{
    if (!access->users)
        access->users = calloc(ACCESS_KNOWN_MAX, sizeof(*access->users));
    if (!access->users)
        return NULL;

    struct access_user *chosen = access->users;
    if (access->n_users < ACCESS_KNOWN_MAX)
        chosen = &access->users[access->n_users++];
    else
        for (struct access_user *user = chosen; user < access->users + access->n_users; user++)
            if (is_less_worth(user, chosen))
                chosen = user;
    *chosen = (struct access_user){ .uid = uid };
    return chosen;
}

/* Counts a question to the database about a user who is not a known member; the answer that he is one takes it back.
 * Returns false if the minute has had too many: a person with many uids could keep the daemon waiting for answers. */
static bool take_question(struct access *access, uint64_t now)
{
    if (now >= access->questions_until) {
        access->questions = 0;
        access->questions_until = now + ACCESS_KEEP_USEC;
    }
    return access->questions++ < ACCESS_QUESTIONS_MAX;
}

static bool find_group(struct access *access, const char *name, uint64_t now)
{
    if (now >= access->group_until) {
        const struct group *group = getgrnam(name);

        access->group_exists = group != NULL;
        access->group = group ? group->gr_gid : (gid_t)-1;
        access->group_until = now + ACCESS_KEEP_USEC;
    }
    return access->group_exists;
}

static bool contains_group(const gid_t *groups, int n, gid_t wanted)
{
    for (int i = 0; i < n; i++)
        if (groups[i] == wanted)
            return true;
    return false;
}

/* Returns true if the process was in the group when it connected. */
static bool process_is_in_group(int fd, const struct ucred *peer, gid_t wanted)
{
    gid_t groups[GROUPS_MAX];
    socklen_t size = sizeof(groups);

    if (peer->gid == wanted)
        return true;
    return getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) >= 0 &&
           contains_group(groups, (int)(size / sizeof(gid_t)), wanted);
}

/* Returns true if the user database has the user in the group, as his primary group or a further one. */
static bool user_is_in_group(uid_t uid, gid_t wanted)
{
    const struct passwd *user = getpwuid(uid);
    gid_t groups[GROUPS_MAX];
    int n = GROUPS_MAX;

    return user && getgrouplist(user->pw_name, user->pw_gid, groups, &n) >= 0 &&
           contains_group(groups, n, wanted);
}

bool access_is_root(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

bool access_may_write_as_known(
    struct access *access, const char *admin_group, int fd, const struct ucred *peer, uint64_t now)
{
    if (access_is_root(peer->uid))
        return true;
    if (!*admin_group || !find_group(access, admin_group, now))
        return false;
    if (process_is_in_group(fd, peer, access->group))
        return true;
    const struct access_user *user = find_user(access, peer->uid);
    return user && user->member && now < user->member_until;
}

bool access_may_write(
    struct access *access, const char *admin_group, int fd, const struct ucred *peer, uint64_t now)
{
    if (access_may_write_as_known(access, admin_group, fd, peer, now))
        return true;
    if (!*admin_group || !access->group_exists)
        return false;

    struct access_user *user = find_user(access, peer->uid);
    bool counted = !user || (!user->member && now >= user->member_until);
    if (counted && !take_question(access, now))
        return false;
    if (!user)
        user = make_user(access, peer->uid);
    if (!user)
        return false;
    user->used = now;
    if (now >= user->member_until) {
        user->member = user_is_in_group(peer->uid, access->group);
        user->member_until = now + ACCESS_KEEP_USEC;
    }
    if (counted && user->member)
        access->questions--;
    return user->member;
}

void access_forget(struct access *access)
{
    access->group_until = access->questions_until = 0;
    for (size_t i = 0; i < access->n_users; i++)
        access->users[i].member_until = 0;
}
