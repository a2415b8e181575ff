/*
 * A directory of its own for each test, and a whole daemon in the test's process: configuration, state and
 * socket in that directory, run turn by turn on the test's event loop.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/manager.h"
#include "daemon/state/document.h"

struct fixture {
    char directory[64], state[80], socket[80], config[80], worker[80];
    struct manager *manager;
};

static inline int fixture_remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* A new directory; the paths in it, of which none exists yet. */
static inline void fixture_open(struct fixture *f)
{
    sigset_t set;

    *f = (struct fixture){ .directory = "/tmp/test-daemon-XXXXXX" };
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->state, sizeof(f->state), "%s/state", f->directory);
    snprintf(f->socket, sizeof(f->socket), "%s/socket", f->directory);
    snprintf(f->config, sizeof(f->config), "%s/conf", f->directory);
    snprintf(f->worker, sizeof(f->worker), "%s/worker", f->directory);

    /* As the daemon's main does it. */
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static inline void fixture_write(const char *path, const char *text)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* The text of a file, to free. */
static inline char *fixture_read(const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    char *text = malloc((size_t)st.st_size + 1);
    assert_non_null(text);
    assert_int_equal(read(fd, text, (size_t)st.st_size), st.st_size);
    text[st.st_size] = 0;
    return text;
}

static inline void fixture_print_report(void *userdata, const char *line)
{
    (void)userdata;
    print_message("%s\n", line);
}

static inline struct config *fixture_load(struct fixture *f, const char *config)
{
    struct config *loaded = NULL;

    fixture_write(f->config, config);
    assert_int_equal(config_load(f->config, fixture_print_report, NULL, &loaded), 0);
    return loaded;
}

/* Starts the daemon, over the state that an earlier one has left. Its worker is unix:DIRECTORY/worker. */
static inline void fixture_start(struct fixture *f, const char *config)
{
    char address[96];

    log_set_level(LOG_EMERG);
    snprintf(address, sizeof(address), "unix:%s", f->worker);
    struct core_options options = {
        .config_path = f->config,
        .state_directory = f->state,
        .socket_path = f->socket,
        .worker_address = strdup(address),
        .log_level = LOG_EMERG,
    };
    assert_int_equal(manager_new(&options, fixture_load(f, config), &f->manager), 0);
}

static inline void fixture_stop(struct fixture *f)
{
    if (f->manager)
        free((char *)(uintptr_t)f->manager->core.options.worker_address);
    f->manager = manager_free(f->manager);
}

static inline void fixture_close(struct fixture *f)
{
    fixture_stop(f);
    assert_int_equal(nftw(f->directory, fixture_remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Writes a state file before the daemon starts. */
static inline void fixture_write_state(struct fixture *f, const char *text)
{
    char path[96];

    assert_true(mkdir(f->state, 0700) == 0 || errno == EEXIST);
    snprintf(path, sizeof(path), "%s/state.json", f->state);
    fixture_write(path, text);
}

/* One turn of the loop; fails the test if nothing happens for ten seconds. */
static inline void fixture_turn(struct fixture *f)
{
    assert_true(sd_event_run(f->manager->core.event, 10 * USEC_PER_SEC) > 0);
}

/* Runs what is ready now, and no timer that is still to come. */
static inline void fixture_settle(struct fixture *f)
{
    while (sd_event_run(f->manager->core.event, 0) > 0)
        ;
}

/* To be called after a test has changed the document itself. */
static inline void fixture_reread(struct fixture *f)
{
    saved_read(&f->manager->core.store.saved, f->manager->core.store.document);
}

static inline json_object *fixture_registration(const struct fixture *f)
{
    return document_registration(f->manager->core.store.document);
}
