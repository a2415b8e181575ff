/*
 * The mark of an appliance that was set up: a file beside the state directory (DIRECTORY.mark) with the id of the machine. It
 * tells a state that was lost from one that never was, and an appliance from the copy of an image.
 */
#pragma once

#include <stdbool.h>

struct mark {
    int fd;           /* of the file, which is made empty if need be; -1: there can be none */
    bool set;         /* it names this machine */
    char machine[40]; /* the line that it holds then */
};

/* Opens the mark of a state directory and reads it. A mark that can't be used is logged: a loss is not noticed then. */
void mark_open(struct mark *mark, const char *directory, const char *machine_id);

/* Writes this machine into the mark, unless it is there. A failure is logged. */
void mark_set(struct mark *mark);

/* Closes the mark. Safe to repeat. */
void mark_close(struct mark *mark);
