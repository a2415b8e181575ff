/*
 * Limits the log lines that clients cause: PEER_LOG_LINES a minute over all clients, one of each kind about a
 * user, then one line with the number of omitted lines. So no client can hide events or the lines about other
 * users. The server owns the object.
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
    PEER_ERRAND_FAILED, /* a worker failed for a client */
    PEER_NOT_ACCEPTED,  /* for want of descriptors or memory */
    PEER_LINES_MAX_,
};

struct peer_log {
    sd_event *event;
    sd_event_source *minute; /* ends the minute that the first line began; NULL: no minute runs */
    unsigned n;              /* lines of this minute */
    struct {
        enum peer_line kind;
        uid_t uid;
    } lines[PEER_LOG_LINES];
    uint64_t left_out[PEER_LINES_MAX_]; /* omitted in this minute */
};

/* Returns true if a line of a kind about a user may be logged now. Else counts it, if the log shows its
 * level. */
bool peer_log_takes(struct peer_log *log, enum peer_line kind, uid_t uid);

/* Logs a line about a client if peer_log_takes() it: name, uid, pid and program of the
 * client, then the text. */
void peer_log_line(struct peer_log *log, enum peer_line kind, const struct ucred *peer, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* Ends the minute and logs the number of omitted lines. Safe on a zeroed struct, and to repeat. */
void peer_log_end_minute(struct peer_log *log);
