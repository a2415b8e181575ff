#include "common/log.h"
#include "common/memory.h"
#include "common/version.h"
#include "confine/locked-memory.h"
#include "varlink/worker.h"
#include "worker/confinement.h"
#include "worker/methods/serve.h"
#include "worker/x509/key.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
    EXIT_USAGE = 2,
    LISTEN_FD = 3,
};

static const char usage[] =
    "Usage: threatresponse-worker [--log-level error|warning|notice|info|debug] [--version] [--help]\n"
    "\n"
    "Speaks to the cloud for threatresponsed, which starts it. Answers varlink calls of the "
    "interface\n" WORKER_INTERFACE
    " on the descriptor that the service manager's protocol (LISTEN_FDS) passes, or on\n"
    "standard input and output.\n";

/* Protects keys and tokens in our memory from other processes and from the disk. */
static void harden_process(void)
{
    const struct rlimit none = { 0, 0 };

    if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
        log_warning("Core dumps can't be switched off (%m), going on.");
    int r = memory_lock();
    if (r < 0)
        log_info("Memory can't be locked, secrets may be swapped out: %s", strerror(-r));
    r = private_key_guard();
    if (r < 0)
        log_info("Private keys can't be kept in guarded memory: %s", strerror(-r));
    umask(077);
    signal(SIGPIPE, SIG_IGN);
}

static long read_number(const char *text)
{
    char *end = NULL;
    long n = text && *text ? strtol(text, &end, 10) : -1;

    return end && *end == 0 ? n : -1;
}

/* Returns the descriptor that LISTEN_FDS passes, -1 if there is none, or -EINVAL. */
static int take_descriptor(void)
{
    bool ours = read_number(getenv("LISTEN_PID")) == (long)getpid();
    long n = read_number(getenv("LISTEN_FDS"));

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (!ours)
        return -1;
    if (n != 1) {
        log_error("LISTEN_FDS is %ld, but one connection is expected.", n);
        return -EINVAL;
    }
    if (fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC) < 0) {
        log_error("LISTEN_FDS is 1, but descriptor %d is not open: %m", LISTEN_FD);
        return -EINVAL;
    }
    return LISTEN_FD;
}

/* Returns -1 to go on, or the exit status. */
static int read_options(int argc, char **argv)
{
    static const struct option options[] = {
        { "log-level", required_argument, NULL, 'l' },
        { "version", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'v') {
            puts("threatresponse-worker " TR_VERSION);
            return EXIT_SUCCESS;
        }
        if (option == 'h') {
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        }
        if (option != 'l')
            return EXIT_USAGE;
        int level = log_level_from_string(optarg);
        if (level < 0) {
            log_error("\"%s\" is not a log level: error, warning, notice, info or debug.", optarg);
            return EXIT_USAGE;
        }
        log_set_level(level);
    }
    if (optind < argc) {
        log_error("threatresponse-worker takes no arguments, but \"%s\" was given.", argv[optind]);
        return EXIT_USAGE;
    }
    return -1;
}

int main(int argc, char **argv)
{
    log_open();
    int status = read_options(argc, argv);
    if (status >= 0)
        return status;

    harden_process();
    int fd = take_descriptor();
    if (fd < -1)
        return EXIT_USAGE;
    worker_confine();
    int r = fd >= 0 ? serve(fd, fd, worker_confine_reading)
                    : serve(STDIN_FILENO, STDOUT_FILENO, worker_confine_reading);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
