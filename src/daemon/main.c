#include "common/log.h"
#include "common/memory.h"
#include "common/open-file.h"
#include "common/version.h"
#include "confine/locked-memory.h"
#include "daemon/confinement.h"
#include "daemon/manager.h"
#include "daemon/service-user.h"
#include "varlink/agent.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#define SOCKET_PATH "/run/threatresponsed/" AGENT_INTERFACE

#define CONFIG_PATH "/etc/threatresponsed.conf"

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

/* Logs a line, and keeps the first one. */
static void keep_line(void *userdata, const char *line)
{
    char **fault = userdata;

    log_error("%s", line);
    if (!*fault)
        *fault = strdup(line);
}

/* Checks the configuration as the service would see it. A file that is named by an option is opened as the caller: it may be
 * meant to be put in its place later. An empty file is good for a start, but not for a reload. */
static int check_config(const struct core_options *options)
{
    struct config_look look = { .names = true, .worker_address = options->worker_address };
    struct config *config = NULL;

    if (!streq(options->config_path, CONFIG_PATH))
        look.stream = open_file_to_read(options->config_path);
    look.as_service = service_user_become();
    look.skip_credentials = !getenv("CREDENTIALS_DIRECTORY");
    int r = config_load_and_look(options->config_path, &look, print_line, NULL, &config);
    bool empty = r == 0 && config->is_empty;
    config_free(config);
    if (r != 0)
        return EX_CONFIG;
    if (empty)
        log_warning("%s: " CONFIG_IS_EMPTY
                    ": the defaults hold at a start, but a reload does not replace settings by them",
            options->config_path);
    printf("%s: the configuration is good.\n", options->config_path);
    return 0;
}

/* Reads the configuration for the start. If systemd holds the socket, a wrong one does not end the daemon: it says so to each
 * client, and takes the mended file. */
static int load_config(struct core_options *options, char **ret_fault, struct config **ret)
{
    const struct config_look look = { .names = true, .worker_address = options->worker_address };

    int r = config_load_and_look(options->config_path, &look, keep_line, ret_fault, ret);
    if (r < 0 && sd_listen_fds(0) > 0) {
        log_error("Nothing is asked of the cloud until the configuration is mended; trctl reload takes it.");
        options->config_missing = true;
        r = config_new_default(ret);
    }
    options->config_fault = *ret_fault;
    return r;
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
        .config_path = CONFIG_PATH,
        .state_directory = state_directory ? state_directory : "/var/lib/threatresponsed",
        .socket_path = SOCKET_PATH,
        .log_level = -1,
    };
    struct manager *manager;
    struct config *config;
    _cleanup_free_ char *fault = NULL;
    bool check = false;

    log_open();
    int r = parse_arguments(argc, argv, &options, &check);
    if (r >= 0)
        return r;
    if (check)
        return check_config(&options);
    if (load_config(&options, &fault, &config) < 0)
        return EX_CONFIG;

    harden_process();
    block_signals();
    if (manager_new(&options, config, &manager) < 0)
        return 1;
    if (!options.config_missing || options.worker_address)
        daemon_confine_for_worker(&manager->core);
    r = manager_run(manager);
    manager_free(manager);
    return r < 0 ? 1 : r;
}
