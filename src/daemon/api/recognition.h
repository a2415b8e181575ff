/*
 * The method Recognise: a worker recognises the observables of a text for a client. Its replies are passed on as fast as the
 * client takes them. What a client can cause is limited: one text at a time for each user, and a few in all; those who may only
 * read can neither take all places nor have workers started without end.
 */
#pragma once

#include "common/varlink.h"
#include "daemon/core/core.h"

enum {
    RECOGNITIONS_MAX = 3,        /* at once; the last place is for those who may write */
    RECOGNITIONS_A_MINUTE = 120, /* of those who may only read */
};

struct recognitions {
    struct recognition {
        struct errand *errand; /* NULL: the place is free */
        struct connection *asker;
        sd_event_source *timeout; /* of a client that does not take the replies; NULL: none wait */
    } running[RECOGNITIONS_MAX];
    uint64_t minute;  /* when the present minute began, CLOCK_MONOTONIC in microseconds */
    unsigned started; /* within it, for those who may only read */
};

/* Handles Recognise. Returns 1 while the text is being recognised, 0 and a reply if it is refused, or a negative errno. */
int method_recognise(void *userdata, const struct varlink_call *call, json_object **ret_reply);
