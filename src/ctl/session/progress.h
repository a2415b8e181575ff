/*
 * The progress of an operation as people see it: each step when it is done, each failed attempt, what to do about it and
 * when the next one is due; after the first one also how long the wait lasts and what would end it. At a terminal the step that runs is shown in one line that changes.
 */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* The caller fills in the first five members; the others are what has been shown. */
struct progress {
    FILE *stream;
    enum tr_operation operation;
    const char *old_serial; /* of the certificate that a renewal replaces */
    bool in_place;          /* shows the running step in one line that changes */
    int64_t until;          /* the end of the wait in seconds since 1970; 0: none is known */
    size_t done;            /* steps */
    int64_t attempt;
    bool seen;        /* the operation has run or waited */
    char remedy[512]; /* the last one that was shown */
    bool line_open;   /* the line that changes is on the screen */
};

/* Shows what is new in a state; now is the time that the next attempt is compared with. */
void progress_show(struct progress *progress, const struct tr_status *status, int64_t now);

/* Removes the line that changes. */
void progress_end_line(struct progress *progress);
