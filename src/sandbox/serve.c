#include "sandbox/serve.h"

#include "common/memory.h"
#include "sandbox/configuration.h"
#include "sandbox/faults/preset.h"
#include "sandbox/http.h"
#include "sandbox/sandbox.h"
#include "sandbox/web/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

static void release_sandbox(struct sandbox *sandbox)
{
    identities_free(sandbox->identities);
    authorities_done(&sandbox->authorities);
    closep(&sandbox->stop_fd);
    if (sandbox->log_fd != STDERR_FILENO)
        closep(&sandbox->log_fd);
    store_close(&sandbox->store);
}

static int fail(const char *what, const char *name, int r)
{
    fprintf(stderr, "trsandbox: %s %s: %s\n", what, name, strerror(-r));
    return r;
}

/* Returns the lock's descriptor, which the process keeps to its end. */
static int open_directory(struct sandbox *sandbox, const char *directory)
{
    long pid = 0;
    int r;

    r = store_open_directory(directory, true, &sandbox->store);
    if (r < 0)
        return fail("cannot use the directory", directory, r);
    r = store_lock_server(&sandbox->store, &pid);
    if (r == -EWOULDBLOCK) {
        fprintf(stderr,
            "trsandbox: another sandbox (process %ld) runs in %s already; end it first or use another "
            "directory\n",
            pid, sandbox->store.path);
        return r;
    }
    return r < 0 ? fail("cannot lock the directory", directory, r) : r;
}

/* Returns the listening socket. */
static int take_port(struct sandbox *sandbox, int64_t wanted)
{
    struct settings remembered = SETTINGS_DEFAULT;
    int64_t port = wanted;
    int r, fd;

    r = settings_load(&sandbox->store, &remembered);
    if (r < 0 && r != -ENOENT)
        return fail("cannot read sandbox.json in", sandbox->store.path, r);
    if (port == 0)
        port = remembered.port;
    fd = http_listen(port, &sandbox->settings.port);
    if (fd < 0) {
        fprintf(stderr, "trsandbox: cannot listen on 127.0.0.1:%lld: %s%s\n", (long long)port, strerror(-fd),
            wanted == 0 && port != 0 ? "; the port is the one of the last start, --port takes another" : "");
        return fd;
    }
    r = configuration_write(&sandbox->store, sandbox->settings.port);
    if (r >= 0)
        r = settings_save(&sandbox->store, &sandbox->settings);
    if (r < 0) {
        close(fd);
        return fail("cannot write the configuration in", sandbox->store.path, r);
    }
    return fd;
}

static int prepare(struct sandbox *sandbox, const char *log_file)
{
    int r;

    if (log_file) {
        sandbox->log_fd = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (sandbox->log_fd < 0)
            return fail("cannot open the log file", log_file, -errno);
    }
    sandbox->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sandbox->stop_fd < 0)
        return fail("cannot start in", sandbox->store.path, -errno);
    r = authorities_load(&sandbox->store, sandbox->settings.ca_validity, &sandbox->authorities);
    if (r < 0)
        return r; /* said already */
    r = identities_new(&sandbox->authorities.tls, &sandbox->identities);
    return r < 0 ? fail("cannot make the server certificates in", sandbox->store.path, r) : 0;
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

static int run(
    struct sandbox *sandbox, const char *directory, int64_t port, const char *log_file, const char *preset)
{
    _cleanup_close_ int lock = -1;
    struct MHD_Daemon *daemon;
    sigset_t signals;
    int fd, r;

    /* before any thread is started: they all inherit it, and only the main thread takes these signals */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);

    lock = open_directory(sandbox, directory);
    if (lock < 0)
        return lock;
    r = prepare(sandbox, log_file);
    if (r < 0)
        return r;
    r = preset ? preset_switch_on(&sandbox->store, preset) : 0;
    if (r < 0)
        return fail("cannot set the faults in", directory, r);
    fd = take_port(sandbox, port);
    if (fd < 0)
        return fd;
    r = http_start(sandbox, fd, &daemon);
    if (r < 0)
        return fail("cannot start the HTTPS server in", directory, r);
    printf("trsandbox: ready, https://127.0.0.1:%lld, configuration %s/threatresponsed.conf\n",
        (long long)sandbox->settings.port, sandbox->store.path);
    fflush(stdout);
    wait_for_end(&signals, sandbox->settings.lifetime);
    http_stop(sandbox, daemon);
    return 0;
}

int serve_cloud(
    const char *directory, const struct settings *settings, const char *log_file, const char *preset)
{
    struct sandbox sandbox = {
        .store = STORE_EMPTY, .settings = *settings, .stop_fd = -1, .log_fd = STDERR_FILENO
    };
    int r;

    r = run(&sandbox, directory, settings->port, log_file, preset);
    release_sandbox(&sandbox);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
