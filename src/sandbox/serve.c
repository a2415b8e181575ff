#include "sandbox/serve.h"

#include "common/memory.h"
#include "sandbox/configuration.h"
#include "sandbox/faults/preset.h"
#include "sandbox/http.h"
#include "sandbox/web/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

static void release_server(struct server *server)
{
    identities_free(server->identities);
    authorities_done(&server->cloud.authorities);
    closep(&server->stop_fd);
    if (server->log_fd != STDERR_FILENO)
        closep(&server->log_fd);
    store_close(&server->cloud.store);
}

static int log_failure(const char *what, const char *name, int r)
{
    fprintf(stderr, "trsandbox: %s %s: %s\n", what, name, strerror(-r));
    return r;
}

/* Returns the descriptor of the lock, which the process keeps to its end. */
static int open_directory(struct server *server, const char *directory)
{
    long pid = 0;
    int r;

    r = store_open_directory(directory, true, &server->cloud.store);
    if (r < 0)
        return log_failure("cannot use the directory", directory, r);
    r = store_lock_server(&server->cloud.store, &pid);
    if (r == -EWOULDBLOCK) {
        fprintf(stderr,
            "trsandbox: another sandbox (process %ld) runs in %s already; end it first or use another "
            "directory\n",
            pid, server->cloud.store.path);
        return r;
    }
    return r < 0 ? log_failure("cannot lock the directory", directory, r) : r;
}

/* Returns the listening socket. */
static int take_port(struct server *server, int64_t wanted)
{
    struct settings remembered = SETTINGS_DEFAULT;
    int64_t port = wanted;
    int r, fd;

    r = settings_load(&server->cloud.store, &remembered);
    if (r < 0 && r != -ENOENT)
        return log_failure("cannot read sandbox.json in", server->cloud.store.path, r);
    if (port == 0)
        port = remembered.port;
    fd = http_listen(port, &server->cloud.settings.port);
    if (fd < 0) {
        fprintf(stderr, "trsandbox: cannot listen on 127.0.0.1:%lld: %s%s\n", (long long)port, strerror(-fd),
            wanted == 0 && port != 0 ? "; the port is the one of the last start, --port takes another" : "");
        return fd;
    }
    r = configuration_write(&server->cloud.store, server->cloud.settings.port);
    if (r >= 0)
        r = settings_save(&server->cloud.store, &server->cloud.settings);
    if (r < 0) {
        close(fd);
        return log_failure("cannot write the configuration in", server->cloud.store.path, r);
    }
    return fd;
}

static int prepare_server(struct server *server, const char *log_file)
{
    int r;

    if (log_file) {
        server->log_fd = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (server->log_fd < 0)
            return log_failure("cannot open the log file", log_file, -errno);
    }
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->stop_fd < 0)
        return log_failure("cannot start in", server->cloud.store.path, -errno);
    r = authorities_load(
        &server->cloud.store, server->cloud.settings.ca_validity, &server->cloud.authorities);
    if (r < 0)
        return r; /* logged already */
    if (server->cloud.settings.device_ca) {
        r = authorities_trust_foreign(&server->cloud.authorities, server->cloud.settings.device_ca);
        if (r < 0)
            return log_failure("cannot use the CA certificates in", server->cloud.settings.device_ca, r);
    }
    r = identities_new(&server->cloud.authorities.tls, &server->identities);
    return r < 0 ? log_failure("cannot make the server certificates in", server->cloud.store.path, r) : 0;
}

static void wait_for_end(const sigset_t *signals, int64_t lifetime)
{
    struct timespec left = { .tv_sec = lifetime };

    for (;;) {
        int r = lifetime > 0 ? sigtimedwait(signals, NULL, &left) : sigwaitinfo(signals, NULL);

        if (r >= 0 || errno != EINTR)
            return;
    }
}

static int run_server(
    struct server *server, const char *directory, int64_t port, const char *log_file, const char *preset)
{
    _cleanup_close_ int lock = -1;
    struct MHD_Daemon *daemon;
    sigset_t signals;
    int fd, r;

    /* threads inherit the mask: only the main thread takes these signals */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);

    lock = open_directory(server, directory);
    if (lock < 0)
        return lock;
    r = prepare_server(server, log_file);
    if (r < 0)
        return r;
    r = preset ? preset_switch_on(&server->cloud.store, preset) : 0;
    if (r < 0)
        return log_failure("cannot set the faults in", directory, r);
    fd = take_port(server, port);
    if (fd < 0)
        return fd;
    r = http_start(server, fd, &daemon);
    if (r < 0)
        return log_failure("cannot start the HTTPS server in", directory, r);
    printf("trsandbox: ready, https://127.0.0.1:%lld, configuration %s/threatresponsed.conf\n",
        (long long)server->cloud.settings.port, server->cloud.store.path);
    fflush(stdout);
    wait_for_end(&signals, server->cloud.settings.lifetime);
    http_stop(server, daemon);
    return 0;
}

int serve_cloud(
    const char *directory, const struct settings *settings, const char *log_file, const char *preset)
{
    struct server server = {
        .cloud = { .store = STORE_EMPTY, .settings = *settings }, .stop_fd = -1, .log_fd = STDERR_FILENO
    };
    int r;

    r = run_server(&server, directory, settings->port, log_file, preset);
    release_server(&server);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
