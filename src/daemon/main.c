#include "common/log.h"
#include "common/version.h"
#include "confine/locked-memory.h"
#include "daemon/confinement.h"
#include "daemon/manager.h"
#include "daemon/worker/link.h"
#include "varlink/agent.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>

#define SOCKET_PATH "/run/threatresponsed/" AGENT_INTERFACE

static const char usage[] =
    "Usage: threatresponsed [OPTION]...\n"
    "Joins this appliance to the Cisco Threat Response cloud and keeps it joined.\n\n"
    "  --config FILE           configuration (/etc/threatresponsed.conf)\n"
    "  --state-directory DIR   where the state is kept ($STATE_DIRECTORY or /var/lib/threatresponsed)\n"
    "  --socket PATH           where to listen (" SOCKET_PATH ")\n"
    "  --worker PATH           the worker program, or unix:PATH of its socket (as configured)\n"
    "  --check-config          check the configuration and end: with 0 if it is good, else with 78\n"
    "  --log-level LEVEL       error, warning, notice, info or debug (as configured)\n"
    "  --version               print the version and end\n"
    "  --help                  print this and end\n";

static const struct option long_options[] = {
    { "config", required_argument, NULL, 'c' },
    { "state-directory", required_argument, NULL, 'd' },
    { "socket", required_argument, NULL, 's' },
    { "worker", required_argument, NULL, 'w' },
    { "check-config", no_argument, NULL, 'C' },
    { "log-level", required_argument, NULL, 'l' },
    { "version", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

static int report_empty_value(const char *option)
{
    fprintf(stderr, "threatresponsed: the value of --%s is empty. See threatresponsed --help.\n", option);
    return 2;
}

static int report_usage_error(const char *what, const char *argument)
{
    fprintf(stderr, "threatresponsed: %s \"%s\". See threatresponsed --help.\n", what, argument);
    return 2;
}

/* Fills the options. Returns -1 to go on, else the exit code. */
static int parse_arguments(int argc, char **argv, struct core_options *options, bool *ret_check)
{
    for (int c, i = 0; (c = getopt_long(argc, argv, "", long_options, &i)) != -1;) {
        if (c != '?' && long_options[i].has_arg == required_argument && !*optarg)
            return report_empty_value(long_options[i].name);
        switch (c) {
        case 'c':
            options->config_path = optarg;
            break;
        case 'd':
            options->state_directory = optarg;
            break;
        case 's':
            options->socket_path = optarg;
            break;
        case 'w':
            options->worker_address = optarg;
            break;
        case 'C':
            *ret_check = true;
            break;
        case 'l':
            options->log_level = log_level_from_string(optarg);
            if (options->log_level < 0)
                return report_usage_error("unknown log level", optarg);
            break;
        case 'v':
            puts("threatresponsed " TR_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs("See threatresponsed --help.\n", stderr);
            return 2;
        }
    }
    if (optind < argc)
        return report_usage_error("unexpected argument", argv[optind]);
    return -1;
}

static void print_line(void *userdata, const char *line)
{
    (void)userdata;
    log_error("%s", line);
}

/* Protects the secrets that pass through this process: no core dumps, no ptrace, no swapping, no files for others. */
static void harden_process(void)
{
    const struct rlimit none = { 0, 0 };

    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &none);
    int r = memory_lock();
    if (r < 0)
        log_notice("Memory can't be locked, secrets may be swapped out: %s", strerror(-r));
    umask(077);
}

static void block_signals(void)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
    const char *state_directory = getenv("STATE_DIRECTORY");
    struct core_options options = {
        .config_path = "/etc/threatresponsed.conf",
        .state_directory = state_directory ? state_directory : "/var/lib/threatresponsed",
        .socket_path = SOCKET_PATH,
        .log_level = -1,
    };
    struct manager *manager;
    struct config *config;
    bool check = false;

    log_open();
    int r = parse_arguments(argc, argv, &options, &check);
    if (r >= 0)
        return r;
    if (config_load(options.config_path, print_line, NULL, &config) < 0)
        return EX_CONFIG;
    if (check) {
        printf("%s: the configuration is good.\n", options.config_path);
        config_free(config);
        return 0;
    }

    harden_process();
    block_signals();
    if (manager_new(&options, config, &manager) < 0)
        return 1;
    if (worker_is_socket(core_worker_address(&manager->core)))
        daemon_confine(options.state_directory, options.socket_path);
    r = manager_run(manager);
    manager_free(manager);
    return r < 0 ? 1 : 0;
}
