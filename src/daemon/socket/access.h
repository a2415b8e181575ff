/*
 * Who may change things: uid 0, the daemon's own user, and the members of admin_group, by the user database or because the
 * process itself is in the group (as a service with SupplementaryGroups= is). What the database says is kept for a minute
 * per user, since asking it may take time. Who is refused is in the log, once a minute per user.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
    ACCESS_KNOWN_MAX = 64,
    ACCESS_KEEP_USEC = 60 * 1000000,
};

struct access {
    gid_t group; /* of the name, if it is known */
    bool group_exists;
    uint64_t group_until; /* 0: not known */
    struct access_user {
        uid_t uid;
        bool member;
        uint64_t member_until;  /* when the answer expires; 0: not known */
        uint64_t refused_until; /* no refusal of the user is logged before; 0: none was */
        unsigned refused;       /* so many were not logged */
        uint64_t used;
    } * users; /* ACCESS_KNOWN_MAX of them; NULL until one is needed */
    size_t n_users;
};

/* True if the process at the other end of a connection may change things. now: CLOCK_BOOTTIME in microseconds. */
bool access_may_write(
    struct access *access, const char *admin_group, int fd, const struct ucred *peer, uint64_t now);

/* Logs that a process was refused, unless that was done within the last minute. */
void access_log_refusal(struct access *access, const struct ucred *peer, const char *method, uint64_t now);

/* Frees it. Safe to repeat. */
void access_done(struct access *access);

/* Forgets what the user database said, after a change of the configuration. */
void access_forget(struct access *access);
