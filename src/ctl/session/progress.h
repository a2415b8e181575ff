/*
 * Shows people the progress of an operation: each finished step, and each failed attempt with its remedy and
 * the time of the next one. The first failure also shows how long the wait lasts and what would end it. A
 * terminal shows the running step in one line that changes.
 */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* The caller fills in the first five members; the others note what was shown. */
struct progress {
    FILE *stream;
    enum tr_operation operation;
    const char *old_serial; /* of the certificate that a renewal replaces */
    bool in_place;          /* shows the running step in one line that changes */
    int64_t until;          /* the end of the wait in seconds since 1970; 0: none is known */
    size_t done;            /* steps */
    int64_t attempt;
    bool seen;        /* the operation has run or waited */
    char remedy[512]; /* shown last */
    bool line_open;   /* the line that changes is on the screen */
};

/* Shows what is new in a state; now is the time that the next attempt is compared with. */
void progress_show(struct progress *progress, const struct tr_status *status, int64_t now);

/* Removes the line that changes. */
void progress_end_line(struct progress *progress);
