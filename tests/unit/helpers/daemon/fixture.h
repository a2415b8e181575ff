/*
 * A directory of its own for each test, and a daemon in the test's process: configuration, state and socket in that
 * directory, run turn by turn on the test's event loop. fixture_start makes the whole daemon, fixture_start_core only the
 * ground below its parts. A test owns its fixture: it opens one before, and closes it after.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/manager.h"
#include "daemon/state/document.h"

struct fixture {
    char directory[64], state[80], socket[80], config[80], worker[80];
    struct manager *manager; /* NULL: no whole daemon runs */
    struct core *core;       /* the daemon's, or the one of fixture_start_core; NULL: neither runs */
};

/* Makes the directory and the paths in it, of which none exists yet. Blocks the signals that the daemon takes. */
void fixture_open(struct fixture *f);

/* Stops what runs and removes the directory. */
void fixture_close(struct fixture *f);

/* Writes a file; reads one, for the caller to free. */
void fixture_write(const char *path, const char *text);
char *fixture_read(const char *path);

/* Writes a state file before the daemon starts. */
void fixture_write_state(struct fixture *f, const char *text);

/* Writes and loads a configuration without mistakes, for the caller to free. */
struct config *fixture_load(struct fixture *f, const char *config);

/* Prints a report of the configuration's reader. */
void fixture_print_report(void *userdata, const char *line);

/* Starts the daemon, over the state that an earlier one has left. Its worker is unix:DIRECTORY/worker. */
void fixture_start(struct fixture *f, const char *config);

/* Starts a loop, a configuration and a state, as the manager has them, without any part that uses them. */
void fixture_start_core(struct fixture *f, const char *config);

/* Stops what was started. Safe to repeat. */
void fixture_stop(struct fixture *f);

/* Runs one turn of the loop; fails the test if nothing happens for ten seconds. */
void fixture_turn(struct fixture *f);

/* Runs what is ready now, and no timer that is still to come. */
void fixture_settle(struct fixture *f);

/* Reads the document again, after a test has changed it itself. */
void fixture_reread(struct fixture *f);

/* Returns the registration part of the document, borrowed. */
json_object *fixture_registration(const struct fixture *f);

/* Parses a text that is right, for the caller to put. */
json_object *fixture_parse(const char *text);
