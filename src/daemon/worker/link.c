#include "daemon/worker/link.h"

#include "common/log.h"
#include "common/socket-path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
    REPLY_SIZE_MAX = 1024 * 1024,
    CALL_SIZE_MAX = 1024 * 1024,
};

static const char socket_prefix[] = "unix:";

/* The process of a link. It outlives the link until the process is reaped. */
struct child {
    struct worker_link *link; /* NULL once the link is freed */
    sd_event_source *source;
    pid_t pid;
};

struct worker_link {
    sd_event *event;
    const struct worker_link_callbacks *callbacks;
    void *userdata;
    struct varlink_stream stream;
    int fd;
    sd_event_source *io, *timeout;
    struct child *child; /* NULL if the worker is reached by a socket */
    bool in_call, streaming;
    bool paused;             /* replies are held back */
    sd_event_source *resume; /* handles replies that arrived before the pause */
    uint64_t reply_timeout;  /* of each reply of a stream */
    bool *freed;             /* set if the running callback frees the link; NULL: no callback runs */
};

/* Ends the call and reports the failure. Returns 0, for the callbacks of sd-event to return. */
static int fail_call(struct worker_link *link, const char *message)
{
    link->in_call = false;
    link->io = sd_event_source_disable_unref(link->io);
    link->timeout = sd_event_source_disable_unref(link->timeout);
    /* A worker that hangs would not see the end of its input, and each further attempt would leave one more. */
    if (link->child)
        kill(link->child->pid, SIGKILL);
    link->callbacks->failed(link->userdata, message);
    return 0;
}

static int on_child_exit(sd_event_source *source, const siginfo_t *si, void *userdata)
{
    struct child *child = userdata;
    struct worker_link *link = child->link;
    char message[128];

    (void)source;
    if (si->si_code == CLD_EXITED)
        snprintf(message, sizeof(message), "The worker ended with exit code %d before it answered.",
            si->si_status);
    else
        snprintf(message, sizeof(message), "The worker was ended by signal %d (%s) before it answered.",
            si->si_status, strsignal(si->si_status));

    sd_event_source_disable_unref(child->source);
    free(child);
    if (!link)
        return 0;
    link->child = NULL;
    if (!link->in_call) {
        link->io = sd_event_source_disable_unref(link->io);
        return 0;
    }
    return fail_call(link, message);
}

/* Makes the worker's socket descriptor 3 and closes all others. Close-on-exec alone is too late: the exec may
 * wait for the disk, and a daemon that ends meanwhile would leave its locks and socket to the child. */
static int keep_only(int fd)
{
    /* dup2 drops close-on-exec, unless both descriptors are the same. */
    if (fd == 3 ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, 3) < 0)
        return -errno;
    /* Without close_range() (Linux before 5.9) the exec closes them. */
    (void)close_range(4, ~0U, 0);
    return 0;
}

/* Executes the worker. Runs in the child after fork and does not return. */
static void execute_worker(const char *path, const char *log_level, int fd)
{
    static const char *const passed[] = { "JOURNAL_STREAM", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
    char pid[32], entries[ELEMENTS(passed)][256];
    char *arguments[] = { (char *)path, (char *)"--log-level", (char *)log_level, NULL };
    char *environment[ELEMENTS(passed) + 4] = { pid, (char *)"LISTEN_FDS=1",
        (char *)"LISTEN_FDNAMES=varlink" };
    size_t n = 3;
    sigset_t none;

    if (keep_only(fd) < 0)
        _exit(127);
    snprintf(pid, sizeof(pid), "LISTEN_PID=%d", (int)getpid());
    for (size_t i = 0; i < ELEMENTS(passed); i++) {
        const char *value = getenv(passed[i]);
        if (value && snprintf(entries[n - 3], sizeof(entries[0]), "%s=%s", passed[i], value) <
                         (int)sizeof(entries[0])) {
            environment[n] = entries[n - 3];
            n++;
        }
    }

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, arguments, environment);
    _exit(127);
}

static int start_process(struct worker_link *link, const char *path, const char *log_level)
{
    int pair[2];

    if (access(path, X_OK) < 0)
        return -errno;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -errno;
    _cleanup_close_ int theirs = pair[1];
    link->fd = pair[0];
    /* The worker's end blocks, as it does if systemd accepts the connection. */
    fcntl(theirs, F_SETFL, 0);

    struct child *child = calloc(1, sizeof(*child));
    if (!child)
        return -ENOMEM;
    child->pid = fork();
    if (child->pid == 0)
        execute_worker(path, log_level, theirs);
    int r = child->pid < 0
                ? -errno
                : sd_event_add_child(link->event, &child->source, child->pid, WEXITED, on_child_exit, child);
    if (r < 0) {
        if (child->pid > 0)
            kill(child->pid, SIGKILL);
        free(child);
        return r;
    }

    child->link = link;
    link->child = child;
    return 0;
}

static int connect_socket(struct worker_link *link, const char *path)
{
    struct sockaddr_un address;

    int r = socket_path_address(path, &address);
    if (r < 0)
        return r;
    link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (link->fd < 0 || connect(link->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return 0;
}

static int handle_hangup(struct worker_link *link)
{
    /* on_child_exit reports how the process ended, which says more than the hang-up. A worker that only closed its
     * socket is useless and is ended. */
    if (link->child) {
        link->io = sd_event_source_disable_unref(link->io);
        kill(link->child->pid, SIGKILL);
        return 0;
    }
    if (link->in_call)
        return fail_call(link, "The worker hung up before it answered.");
    link->io = sd_event_source_disable_unref(link->io);
    return 0;
}

static int start_timeout(struct worker_link *link, uint64_t timeout);

/* Passes a reply to the owner. Returns true if the link still exists and waits for more. */
static bool handle_reply(struct worker_link *link, char *text, size_t size)
{
    struct varlink_reply reply;
    bool freed = false;

    if (!link->in_call || varlink_reply_parse(text, size, &reply) < 0) {
        fail_call(link, "The worker sent something that is not a reply.");
        return false;
    }
    bool goes_on = link->streaming && reply.continues;
    if (reply.continues && !link->streaming) {
        varlink_reply_done(&reply);
        fail_call(link, "The worker announced more replies to a call that has one.");
        return false;
    }

    link->in_call = goes_on;
    link->timeout = sd_event_source_disable_unref(link->timeout);
    link->freed = &freed;
    link->callbacks->replied(link->userdata, &reply);
    varlink_reply_done(&reply);
    if (freed)
        return false;
    link->freed = NULL;
    if (goes_on && !link->paused && start_timeout(link, link->reply_timeout) < 0) {
        fail_call(link, "There is no memory to wait for the worker.");
        return false;
    }
    return goes_on;
}

/* Handles all replies that have arrived whole. */
static int handle_replies(struct worker_link *link)
{
    char *text;
    size_t size;
    int r = 0;

    while (!link->paused && (r = varlink_stream_next(&link->stream, &text, &size)) > 0) {
        if (!link->streaming && varlink_stream_partial(&link->stream))
            return fail_call(link, "The worker sent more than it was asked for.");
        if (!handle_reply(link, text, size))
            return 0;
    }
    return r < 0 ? fail_call(link, "The worker's reply is too long.") : 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct worker_link *link = userdata;

    (void)fd;
    if (revents & EPOLLOUT) {
        int r = varlink_stream_flush(&link->stream);
        if (r < 0 && r != -EAGAIN)
            return handle_hangup(link);
        if (r == 0)
            sd_event_source_set_io_events(source, EPOLLIN);
    }
    if (!(revents & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return 0;
    if (link->paused)
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);

    ssize_t n = varlink_stream_read(&link->stream);
    if (n == -EAGAIN)
        return 0;
    if (n == -EMSGSIZE)
        return fail_call(link, "The worker's reply is too long.");
    if (n <= 0)
        return handle_hangup(link);

    return handle_replies(link);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    return fail_call(userdata, "The worker did not answer in time.");
}

struct worker_link *worker_link_free(struct worker_link *link)
{
    if (!link)
        return NULL;

    if (link->child) {
        link->child->link = NULL;
        /* An idle worker ends at the end of its input; a busy one, which has nothing to lose, is killed. */
        if (link->in_call)
            kill(link->child->pid, SIGKILL);
    }
    if (link->freed)
        *link->freed = true;
    sd_event_source_disable_unref(link->io);
    sd_event_source_disable_unref(link->timeout);
    sd_event_source_disable_unref(link->resume);
    varlink_stream_done(&link->stream);
    safe_close(link->fd);
    free(link);
    return NULL;
}

static void worker_link_freep(struct worker_link **link)
{
    worker_link_free(*link);
}

bool worker_is_socket(const char *address)
{
    return strncmp(address, socket_prefix, strlen(socket_prefix)) == 0;
}

int worker_link_new(sd_event *event, const char *address, const char *log_level,
    const struct worker_link_callbacks *callbacks, void *userdata, struct worker_link **ret)
{
    _cleanup_(worker_link_freep) struct worker_link *link = calloc(1, sizeof(*link));

    if (!link)
        return -ENOMEM;
    *link = (struct worker_link){ .event = event, .callbacks = callbacks, .userdata = userdata, .fd = -1 };

    int r = worker_is_socket(address) ? connect_socket(link, address + strlen(socket_prefix))
                                      : start_process(link, address, log_level);
    if (r < 0)
        return r;
    varlink_stream_init(&link->stream, link->fd, link->fd, REPLY_SIZE_MAX, CALL_SIZE_MAX);
    r = sd_event_add_io(event, &link->io, link->fd, EPOLLIN, on_io, link);
    if (r < 0)
        return r;

    *ret = TAKE_PTR(link);
    return 0;
}

bool worker_link_is_open(const struct worker_link *link)
{
    return link->io != NULL;
}

static int start_timeout(struct worker_link *link, uint64_t timeout)
{
    return sd_event_add_time_relative(
        link->event, &link->timeout, CLOCK_MONOTONIC, timeout, 0, on_timeout, link);
}

static int send_call(
    struct worker_link *link, const char *method, json_object *parameters, bool streaming, uint64_t timeout)
{
    _cleanup_json_erase_ json_object *call = varlink_make_call(method, parameters, streaming);

    if (!call)
        return -ENOMEM;
    if (!link->io)
        return -ECONNRESET;
    int r = varlink_stream_queue(&link->stream, call);
    if (r >= 0)
        r = varlink_stream_flush(&link->stream);
    if (r == -EAGAIN)
        r = sd_event_source_set_io_events(link->io, EPOLLIN | EPOLLOUT);
    if (r < 0 && r != -EPIPE)
        return r;

    r = start_timeout(link, timeout);
    if (r < 0)
        return r;
    link->in_call = true;
    link->streaming = streaming;
    link->reply_timeout = timeout;
    return 0;
}

int worker_link_call(struct worker_link *link, const char *method, json_object *parameters, uint64_t timeout)
{
    return send_call(link, method, parameters, false, timeout);
}

int worker_link_stream(
    struct worker_link *link, const char *method, json_object *parameters, uint64_t timeout)
{
    return send_call(link, method, parameters, true, timeout);
}

void worker_link_pause(struct worker_link *link)
{
    link->paused = true;
    link->timeout = sd_event_source_disable_unref(link->timeout);
}

static int on_resume(sd_event_source *source, void *userdata)
{
    struct worker_link *link = userdata;

    (void)source;
    link->resume = sd_event_source_disable_unref(link->resume);
    return handle_replies(link);
}

void worker_link_resume(struct worker_link *link)
{
    if (!link->paused || !link->io)
        return;
    link->paused = false;
    /* Called from a callback: its loop goes on with the next reply. */
    if (link->freed)
        return;
    int r = sd_event_source_set_enabled(link->io, SD_EVENT_ON);
    if (r >= 0)
        r = start_timeout(link, link->reply_timeout);
    if (r >= 0 && !link->resume)
        r = sd_event_add_defer(link->event, &link->resume, on_resume, link);
    if (r < 0)
        log_warning(
            "A worker can't be asked for the rest of its replies, it will be ended: %s", strerror(-r));
}
