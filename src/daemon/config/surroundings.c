#include "daemon/config/surroundings.h"

#include "common/memory.h"
#include "common/open-file.h"
#include "daemon/config/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    ANCHORS_SIZE_MAX = 16 * 1024 * 1024,
};

/* ProtectHome= and InaccessiblePaths= of the units. */
static const char *const hidden[] = { "/root", "/home", "/run/user", "/tmp", "/var/tmp", "/dev/shm" };

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}

bool surroundings_are_hidden(const char *path)
{
    char real[PATH_MAX];

    if (!realpath(path, real))
        snprintf(real, sizeof(real), "%s", path);
    for (size_t i = 0; i < ELEMENTS(hidden); i++)
        if (is_below(path, hidden[i]) || is_below(real, hidden[i]))
            return true;
    return false;
}

/* Whether every user can read a file: it and all folders above it let others in. */
static bool everybody_reads(const char *path)
{
    char real[PATH_MAX];
    struct stat st;

    if (!realpath(path, real) || stat(real, &st) < 0 || !(st.st_mode & S_IROTH))
        return false;
    for (char *slash; (slash = strrchr(real, '/')) && slash > real;) {
        *slash = 0;
        if (stat(real, &st) < 0 || !(st.st_mode & S_IXOTH))
            return false;
    }
    return true;
}

/* Reads a whole file. 0 or a negative errno. */
static int read_file(const char *path, char **ret_text, size_t *ret_size)
{
    FILE *file = open_regular_file(path);
    struct stat st;
    int r = 0;

    if (!file)
        return -errno;
    if (fstat(fileno(file), &st) < 0)
        r = -errno;
    else if (st.st_size > ANCHORS_SIZE_MAX)
        r = -EFBIG;
    char *text = r < 0 ? NULL : calloc(1, (size_t)st.st_size + 1);
    if (r >= 0 && !text)
        r = -ENOMEM;
    if (r >= 0)
        *ret_size = fread(text, 1, (size_t)st.st_size, file);
    if (r >= 0 && ferror(file))
        r = -EIO;
    fclose(file);
    if (r < 0) {
        free(text);
        return r;
    }
    *ret_text = text;
    return 0;
}

/* The worker of a socket unit runs as another user than the daemon; that of root's daemon may be anybody's. */
static bool worker_is_another_user(const struct config_look *look, const struct config *config)
{
    const char *address = look->worker_address ? look->worker_address : config->worker_address;

    return look->as_service || (geteuid() != 0 && strncmp(address, "unix:", 5) == 0);
}

/* What is wrong with a file of certificates that the worker reads; NULL if nothing is. */
static const char *find_anchors_fault(const char *path, bool for_all, bool as_service)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0;

    if (as_service && surroundings_are_hidden(path))
        return "which the service does not see";
    int r = read_file(path, &text, &size);
    if (r < 0)
        return strerror(-r);
    const char *fault = pem_find_fault(text, size);
    if (!fault && for_all && !everybody_reads(path))
        return "which the worker, another user, may not read";
    return fault;
}

static void check_anchors(struct config_reader *reader, const config_t *file, const struct config *config,
    const char *key, const char *path)
{
    bool for_all = worker_is_another_user(reader->look, config);
    const char *fault = *path ? find_anchors_fault(path, for_all, reader->look->as_service) : NULL;

    if (fault)
        config_report_error(reader, config_lookup(file, key),
            "%s: found \"%s\" (%s), allowed is a file of certificates in PEM%s", key, path, fault,
            for_all ? " that every user can read, outside of /root, /home, /tmp and /var/tmp" : "");
}

/* Files that the daemon has just read, but by a name that the service has nothing at. */
static void check_hidden(struct config_reader *reader, const config_t *file)
{
    for (const struct config_key *key = config_schema; key->path; key++) {
        const config_setting_t *setting = config_lookup(file, key->path);
        const char *path = setting ? config_setting_get_string(setting) : NULL;
        bool names_file = key->type == CONFIG_CONTENTS || streq(key->path, "registration.token_file");

        if (names_file && path && *path == '/' && surroundings_are_hidden(path))
            config_report_error(reader, setting,
                "%s: found \"%s\" (which the service does not see), allowed is a file outside of /root, "
                "/home, "
                "/tmp and /var/tmp",
                key->path, path);
    }
}

static bool check_name(struct config_reader *reader, const config_t *file, const char *key, const char *name,
    const char *known, bool (*exists)(const char *name), const char *kind)
{
    if (!*name || streq0(name, known) || exists(name))
        return true;
    config_report_error(reader, config_lookup(file, key),
        "%s: found \"%s\", allowed is the name of a %s of this machine", key, name, kind);
    return false;
}

static bool user_exists(const char *name)
{
    return getpwnam(name) != NULL;
}

static bool group_exists(const char *name)
{
    return getgrnam(name) != NULL;
}

static void check_names(struct config_reader *reader, const config_t *file, struct config *config)
{
    const struct config *known = reader->look->known;
    bool found = check_name(reader, file, "api.socket_user", config->socket_user,
        known ? known->socket_user : NULL, user_exists, "user");

    found &= check_name(reader, file, "api.socket_group", config->socket_group,
        known ? known->socket_group : NULL, group_exists, "group");
    found &= check_name(reader, file, "api.admin_group", config->admin_group,
        known ? known->admin_group : NULL, group_exists, "group");
    config->names_exist = found;
}

static const char *find_worker_fault(const char *address)
{
    bool is_socket = strncmp(address, "unix:", 5) == 0;
    const char *path = is_socket ? address + 5 : address;
    struct stat st;

    if (stat(path, &st) < 0)
        return strerror(errno);
    if (is_socket)
        return S_ISSOCK(st.st_mode) ? NULL : "no socket";
    if (!S_ISREG(st.st_mode))
        return "no program";
    return faccessat(AT_FDCWD, path, X_OK, 0) < 0 ? strerror(errno) : NULL;
}

static const char *default_worker(void)
{
    const struct config_key *key = config_schema;

    while (!streq(key->path, "worker.address"))
        key++;
    return key->fallback;
}

/* The default is the packager's; it may be replaced by an option. */
static void check_worker(struct config_reader *reader, const config_t *file, const struct config *config)
{
    const char *option = reader->look->worker_address;
    const config_setting_t *setting = option ? NULL : config_lookup(file, "worker.address");
    bool is_default = streq(config->worker_address, default_worker());
    const char *fault = NULL;

    if (option)
        fault = find_worker_fault(option);
    else if (setting && !is_default)
        fault = find_worker_fault(config->worker_address);

    if (fault && option)
        config_report_error(reader, NULL,
            "--worker: found \"%s\" (%s), allowed is the path of the program, or unix:PATH of a socket",
            option, fault);
    else if (fault)
        config_report_error(reader, setting,
            "worker.address: found \"%s\" (%s), allowed is the path of the program, or unix:PATH of a socket",
            config->worker_address, fault);
}

void surroundings_check(struct config_reader *reader, const config_t *file, struct config *config)
{
    const struct config_look *look = reader->look;

    if (!look)
        return;
    check_anchors(reader, file, config, "network.ca_bundle", config->ca_bundle);
    check_anchors(reader, file, config, "network.ca_file", config->ca_file);
    if (look->as_service)
        check_hidden(reader, file);
    if (look->names)
        check_names(reader, file, config);
    check_worker(reader, file, config);
}
