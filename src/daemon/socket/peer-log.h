/*
 * The budget of the log for what clients cause, whoever they are: so many lines a minute, at most one of a kind about a
 * user, then one line with the number of those that were left out. Thus nobody can hide events or other users' deeds
 * behind lines of his own. The server owns the object.
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

enum {
    PEER_LOG_LINES = 10,
    PEER_LOG_USEC = 60 * 1000000,
};

enum peer_line {
    PEER_CALL_REFUSED,
    PEER_MESSAGE_BAD,
    PEER_MESSAGE_LATE,
    PEER_CONNECTION_REFUSED,
    PEER_CONNECTION_ENDED, /* its place went to another client */
    PEER_ANSWER_UNREAD,
    PEER_ERRAND_FAILED, /* what a worker did for a client */
    PEER_NOT_ACCEPTED,  /* for want of descriptors or memory */
    PEER_LINES_MAX_,
};

struct peer_log {
    sd_event *event;
    sd_event_source *minute; /* that began with the first of the lines; NULL: none runs */
    unsigned n;              /* lines of this minute */
    struct {
        enum peer_line kind;
        uid_t uid;
    } lines[PEER_LOG_LINES];
    uint64_t left_out[PEER_LINES_MAX_]; /* in this minute */
};

/* Returns true if a line of a kind about a user is to be logged now; else it is counted, unless the log does not show
 * its level. */
bool peer_log_takes(struct peer_log *log, enum peer_line kind, uid_t uid);

/* Logs a line about a client if peer_log_takes it: the format's text after name, uid, pid and program of the client. */
void peer_log_line(struct peer_log *log, enum peer_line kind, const struct ucred *peer, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* Ends the minute: logs the number of lines that were left out. Safe on a zeroed struct, and to repeat. */
void peer_log_end_minute(struct peer_log *log);
