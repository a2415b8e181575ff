/*
 * Checks whether a client may change things: uid 0, the daemon's own user, and the members of admin_group
 * may, by the user database or by the groups of the process (such as a service with SupplementaryGroups=).
 * The database may be slow: each answer is kept for a minute, and the questions about strangers are limited
 * to ACCESS_QUESTIONS_MAX a minute; beyond that only the groups of the process count.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
    ACCESS_KNOWN_MAX = 64,
    ACCESS_QUESTIONS_MAX = 64, /* a minute, about users who are not members */
    ACCESS_KEEP_USEC = 60 * 1000000,
};

struct access {
    gid_t group;          /* the id of admin_group */
    bool group_exists;    /* the user database has the group */
    uint64_t group_until; /* when both expire; 0: unknown */
    struct access_user {
        uid_t uid;
        bool member;           /* the user database has the user in the group */
        uint64_t member_until; /* when that expires; 0: unknown */
        uint64_t used;         /* when the entry was last used */
    } * users;                 /* ACCESS_KNOWN_MAX of them; NULL until one is needed */
    size_t n_users;
    unsigned questions;       /* asked before questions_until, about users who are not members */
    uint64_t questions_until; /* 0: none was asked */
};

/* Returns true if the peer of a connection may change things. now is CLOCK_BOOTTIME in microseconds. */
bool access_may_write(
    struct access *access, const char *admin_group, int fd, const struct ucred *peer, uint64_t now);

/* Like access_may_write(), without a question about the user to the database: a connection
 * must cost little. */
bool access_may_write_as_known(
    struct access *access, const char *admin_group, int fd, const struct ucred *peer, uint64_t now);

/* Returns true for uid 0 and the daemon's own user, who may change things under every configuration. */
bool access_is_root(uid_t uid);

/* Frees all entries. Safe to repeat. */
void access_done(struct access *access);

/* Forgets the answers of the user database: after a change of the configuration. */
void access_forget(struct access *access);
