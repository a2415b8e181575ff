/*
 * A directory and a daemon without network or timers for the targets that need its state.
 */
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/manager.h"
#include "fuzz/fuzz.h"

static char fuzz_directory[64];

/* Forgets the state, and that there was one. */
static void fuzz_forget_state(void)
{
    char path[128];

    if (!*fuzz_directory)
        return;
    snprintf(path, sizeof(path), "%s/state.json", fuzz_directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s.mark", fuzz_directory);
    unlink(path);
}

static void fuzz_remove_directory(void)
{
    fuzz_forget_state();
    rmdir(fuzz_directory);
}

/* The directory of this process, made at the first call: in memory where there is such a file system. */
static inline const char *fuzz_state_directory(void)
{
    if (!*fuzz_directory) {
        sigset_t set;

        snprintf(fuzz_directory, sizeof(fuzz_directory), "%s/fuzz-state-XXXXXX",
            access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        REQUIRE(mkdtemp(fuzz_directory));
        atexit(fuzz_remove_directory);
        log_set_level(LOG_EMERG);
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigaddset(&set, SIGCHLD);
        sigprocmask(SIG_BLOCK, &set, NULL);
    }
    return fuzz_directory;
}

static inline void fuzz_write_state(const uint8_t *data, size_t size)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/state.json", fuzz_state_directory());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}

static inline void fuzz_ignore_report(void *userdata, const char *line)
{
    (void)userdata;
    (void)line;
}

/* The configuration that a text gives. */
static inline struct config *fuzz_config(const char *text)
{
    struct config *config = NULL;
    char path[64];

    int fd = memfd_create("config", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    REQUIRE(config_load(path, fuzz_ignore_report, NULL, &config) == 0);
    close(fd);
    return config;
}

/* A daemon over the state that is there; the worker is "unix:PATH". */
static inline struct manager *fuzz_start_manager(struct config *config, const char *worker)
{
    static char socket[128];
    struct manager *manager = NULL;

    snprintf(socket, sizeof(socket), "%s/socket", fuzz_state_directory());
    struct core_options options = {
        .config_path = "/nowhere",
        .state_directory = fuzz_state_directory(),
        .socket_path = socket,
        .worker_address = worker,
        .log_level = LOG_EMERG,
    };
    REQUIRE(manager_new(&options, config, &manager) == 0);
    return manager;
}
