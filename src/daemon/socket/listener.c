#include "daemon/socket/listener.h"

#include "common/lock-file.h"
#include "common/memory.h"
#include "common/socket-path.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

enum {
    BACKLOG = 128,
};

const char *listener_fault(int error)
{
    switch (error) {
    case -EADDRINUSE:
        return "another daemon answers there";
    case -EEXIST:
        return "a file that is not a socket is in the way";
    case -EUSERS:
        return "the user of api.socket_user does not exist";
    case -ESRCH:
        return "the group of api.socket_group does not exist";
    case -ENOTSOCK:
        return "systemd passed something other than a listening UNIX stream socket";
    case -ENOTUNIQ:
        return "systemd passed several descriptors, but not exactly one with the name varlink";
    default:
        return strerror(-error);
    }
}

/* Returns the one descriptor that systemd passed, or the one of several that is named varlink, and closes the others;
 * -1 if there is not exactly one such. */
static int choose_passed(int n, char *const *names)
{
    int chosen = -1, found = 0;

    for (int i = 0; i < n; i++)
        if (n == 1 || streq0(names[i], "varlink")) {
            chosen = SD_LISTEN_FDS_START + i;
            found++;
        }
    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++)
        if (found != 1 || fd != chosen)
            safe_close(fd);
    return found == 1 ? chosen : -1;
}

/* Takes the socket that systemd passed. Returns 1 and the descriptor; 0 if it passed none; or a negative errno. */
static int take_passed(int *ret_fd)
{
    char **names = NULL;
    int n = sd_listen_fds_with_names(1, &names);

    if (n <= 0)
        return n;
    _cleanup_close_ int fd = choose_passed(n, names);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    if (fd < 0)
        return -ENOTUNIQ;
    if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
        return -ENOTSOCK;
    /* Another process may share the socket and accept a connection first: accept must not wait then. */
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    *ret_fd = TAKE_FD(fd);
    return 1;
}

/* Makes a file and locks it. Tries again if a daemon that ends has removed the file meanwhile: a lock without a name
 * locks out nobody. */
static int take_lock(const char *path, int *ret_fd)
{
    for (;;) {
        struct stat ours, there;
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

        if (fd < 0)
            return -errno;
        int r = lock_file(fd);
        if (r < 0)
            return r == -EWOULDBLOCK ? -EADDRINUSE : r;
        if (fstat(fd, &ours) < 0)
            return -errno;
        if (lstat(path, &there) == 0 && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino) {
            *ret_fd = TAKE_FD(fd);
            return 0;
        }
    }
}

/* Removes a socket that a crash has left: one at which nobody answers. Leaves anything else alone. */
static int remove_stale(const struct sockaddr_un *address)
{
    struct stat st;

    if (lstat(address->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EEXIST;

    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) >= 0 || errno != ECONNREFUSED)
        return -EADDRINUSE;
    return unlink(address->sun_path) < 0 ? -errno : 0;
}

static int set_owner(const char *path, const struct config *config)
{
    struct passwd *user = *config->socket_user ? getpwnam(config->socket_user) : NULL;
    struct group *group = *config->socket_group ? getgrnam(config->socket_group) : NULL;

    if (*config->socket_user && !user)
        return -EUSERS;
    if (*config->socket_group && !group)
        return -ESRCH;
    if (!user && !group)
        return 0;
    return lchown(path, user ? user->pw_uid : (uid_t)-1, group ? group->gr_gid : (gid_t)-1) < 0 ? -errno : 0;
}

static int make_socket(
    struct listener *listener, const struct config *config, const struct sockaddr_un *address)
{
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0)
        return -errno;
    /* The mode holds from the start; until the owner is set, fewer users may connect, never more. */
    mode_t old = umask(~config->socket_mode & 0777);
    int r = bind(listener->fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
    umask(old);
    if (r < 0)
        return r;
    listener->path = strdup(address->sun_path);
    if (!listener->path)
        return -ENOMEM;
    r = set_owner(listener->path, config);
    if (r < 0)
        return r;
    return listen(listener->fd, BACKLOG) < 0 ? -errno : 0;
}

int listener_open(struct listener *listener, const struct config *config, const char *path)
{
    struct sockaddr_un address;
    _cleanup_free_ char *lock_path = NULL;

    *listener = (struct listener){ .fd = -1, .lock = -1 };
    int r = take_passed(&listener->fd);
    if (r != 0)
        return r < 0 ? r : 0;

    r = socket_path_address(path, &address);
    if (r < 0)
        return r;
    if (asprintf(&lock_path, "%s.lock", path) < 0)
        return -ENOMEM;
    r = take_lock(lock_path, &listener->lock);
    if (r < 0)
        return r;
    listener->lock_path = TAKE_PTR(lock_path);
    r = remove_stale(&address);
    return r < 0 ? r : make_socket(listener, config, &address);
}

void listener_close(struct listener *listener)
{
    if (listener->path)
        unlink(listener->path);
    /* Remove the file while it is locked: see take_lock. */
    if (listener->lock_path)
        unlink(listener->lock_path);
    free(listener->path);
    free(listener->lock_path);
    safe_close(listener->fd);
    safe_close(listener->lock);
    *listener = (struct listener){ .fd = -1, .lock = -1 };
}
