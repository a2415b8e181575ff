/*
 * The progress of an operation as people see it: each step when it is done, each failed attempt and when the
 * next one is due. At a terminal the step that runs is shown in one line that changes.
 */
#pragma once

#include "threatresponse.h"

#include <stdio.h>

/* The caller fills in the first four members; the others are what has been shown. */
struct progress {
    FILE *stream;
    enum tr_operation operation;
    const char *old_serial; /* of the certificate that a renewal replaces */
    bool in_place;          /* shows the running step in one line that changes */
    size_t done;            /* steps */
    int64_t attempt;
    bool line_open; /* the line that changes is on the screen */
};

/* Shows what is new in a state; now is the time that the next attempt is compared with. */
void progress_show(struct progress *progress, const struct tr_status *status, int64_t now);

/* Removes the line that changes. */
void progress_end_line(struct progress *progress);
