/*
 * Marks an appliance that was set up: a file beside the state directory (DIRECTORY.mark) holds the id of the
 * machine. The mark distinguishes a lost state from a first start, and the appliance from the copy of an
 * image.
 */
#pragma once

#include <stdbool.h>

struct mark {
    int fd;           /* of the file, made empty if missing; -1: it can't be made */
    bool set;         /* the mark names this machine */
    char machine[40]; /* the line for this machine */
};

/* Opens the mark of a state directory and reads it. Logs a mark that can't be used: the daemon then can't
 * notice a loss. */
void mark_open(struct mark *mark, const char *directory, const char *machine_id);

/* Writes this machine into the mark, unless it is set. Logs a failure. */
void mark_set(struct mark *mark);

/* Closes the mark. Safe to repeat. */
void mark_close(struct mark *mark);
