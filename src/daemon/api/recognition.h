/*
 * The method Recognise: a worker recognises the observables of a text for a client. The daemon passes its
 * replies on as fast as the client takes them. Each user has one text at a time. Clients who may only read
 * can't take the last place, and have a limited number of texts a minute, each and together.
 */
#pragma once

#include "common/varlink.h"
#include "daemon/core/core.h"

enum {
    RECOGNITIONS_MAX = 3,        /* at once; the last place is for those who may write */
    RECOGNITIONS_A_MINUTE = 120, /* of those who may only read */
    RECOGNITIONS_OF_A_USER = 30, /* the part that one of them can have */
};

struct recognitions {
    struct recognition {
        struct errand *errand; /* NULL: the place is free */
        struct connection *asker;
        sd_event_source *timeout; /* ends a client that does not take a reply; NULL: no reply waits */
    } running[RECOGNITIONS_MAX];
    uint64_t minute;                     /* began then: CLOCK_MONOTONIC in microseconds */
    uid_t askers[RECOGNITIONS_A_MINUTE]; /* one for each text within it of clients who may only read */
    unsigned started;                    /* how many these are */
};

/* Handles Recognise. Returns 1 while the text is being recognised, 0 and a reply if it is refused, or a negative errno. */
int method_recognise(void *userdata, const struct varlink_call *call, json_object **ret_reply);
