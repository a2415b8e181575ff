/*
 * Who may change things: uid 0, the daemon's own user, and the members of admin_group, either by the user database or
 * because the process itself is in the group (like a service with SupplementaryGroups=). An answer of the database,
 * which may be slow, is kept for a minute per user. It is asked about so many strangers a minute; for the others only
 * the process counts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
    ACCESS_KNOWN_MAX = 64,
    ACCESS_QUESTIONS_MAX = 64, /* to the database in a minute, about users who are no known members */
    ACCESS_KEEP_USEC = 60 * 1000000,
};

struct access {
    gid_t group;          /* the id of admin_group */
    bool group_exists;    /* the user database has the group */
    uint64_t group_until; /* when both expire; 0: unknown */
    struct access_user {
        uid_t uid;
        bool member;           /* of the group, by the user database */
        uint64_t member_until; /* when that expires; 0: unknown */
        uint64_t used;         /* when the entry was last used */
    } * users;                 /* ACCESS_KNOWN_MAX of them; NULL until one is needed */
    size_t n_users;
    unsigned questions;       /* that were asked before questions_until */
    uint64_t questions_until; /* 0: none was asked */
};

/* Returns true if the peer of a connection may change things. now is CLOCK_BOOTTIME in microseconds. */
bool access_may_write(
    struct access *access, const char *admin_group, int fd, const struct ucred *peer, uint64_t now);

/* Returns true if the peer may change things, as far as that is known without asking the database about its user: to
 * connect must cost little. */
bool access_may_write_as_known(
    struct access *access, const char *admin_group, int fd, const struct ucred *peer, uint64_t now);

/* True if a user may change things whatever the configuration says: uid 0, or the daemon's own. */
bool access_is_root(uid_t uid);

/* Frees all entries. Safe to repeat. */
void access_done(struct access *access);

/* Forgets the answers of the user database: after a change of the configuration. */
void access_forget(struct access *access);
