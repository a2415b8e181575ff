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

/* The process of a job; outlives it until the process is reaped. */
struct child {
    struct job *job; /* NULL once the job is freed */
    sd_event_source *source;
    pid_t pid;
};

struct job {
    sd_event *event;
    const struct job_callbacks *callbacks;
    void *userdata;
    struct varlink_stream stream;
    int fd;
    sd_event_source *io, *timeout;
    struct child *child; /* NULL if the worker is reached by a socket */
    bool in_call, streaming;
    uint64_t reply_timeout; /* of each reply of a stream */
    bool *freed;            /* where to say that the job was freed in a callback; NULL: none runs */
};

static int fail(struct job *job, const char *message)
{
    job->in_call = false;
    job->io = sd_event_source_disable_unref(job->io);
    job->timeout = sd_event_source_disable_unref(job->timeout);
    /* One that hangs would not see that we hang up, and each further attempt would leave one more. */
    if (job->child)
        kill(job->child->pid, SIGKILL);
    job->callbacks->failed(job->userdata, message);
    return 0;
}

static int on_child_exit(sd_event_source *source, const siginfo_t *si, void *userdata)
{
    struct child *child = userdata;
    struct job *job = child->job;
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
    if (!job)
        return 0;
    job->child = NULL;
    if (!job->in_call) {
        job->io = sd_event_source_disable_unref(job->io);
        return 0;
    }
    return fail(job, message);
}

/* Runs in the child, between fork and exec. */
static void execute(const char *path, const char *log_level, int fd)
{
    static const char *const passed[] = { "JOURNAL_STREAM", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
    char pid[32], entries[ELEMENTS(passed)][256];
    char *arguments[] = { (char *)path, (char *)"--log-level", (char *)log_level, NULL };
    char *environment[ELEMENTS(passed) + 4] = { pid, (char *)"LISTEN_FDS=1",
        (char *)"LISTEN_FDNAMES=varlink" };
    size_t n = 3;
    sigset_t none;

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
    /* dup2 drops close-on-exec, but not where both are the same. */
    if (fd == 3 ? fcntl(fd, F_SETFD, 0) >= 0 : dup2(fd, 3) >= 0)
        execve(path, arguments, environment);
    _exit(127);
}

static int start_process(struct job *job, const char *path, const char *log_level)
{
    int pair[2];

    if (access(path, X_OK) < 0)
        return -errno;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -errno;
    _cleanup_close_ int theirs = pair[1];
    job->fd = pair[0];
    /* The worker's end blocks, as it does behind a systemd socket. */
    fcntl(theirs, F_SETFL, 0);

    struct child *child = calloc(1, sizeof(*child));
    if (!child)
        return -ENOMEM;
    child->pid = fork();
    if (child->pid == 0)
        execute(path, log_level, theirs);
    int r = child->pid < 0
                ? -errno
                : sd_event_add_child(job->event, &child->source, child->pid, WEXITED, on_child_exit, child);
    if (r < 0) {
        if (child->pid > 0)
            kill(child->pid, SIGKILL);
        free(child);
        return r;
    }

    child->job = job;
    job->child = child;
    return 0;
}

static int connect_socket(struct job *job, const char *path)
{
    struct sockaddr_un address;

    int r = socket_path_address(path, &address);
    if (r < 0)
        return r;
    job->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (job->fd < 0 || connect(job->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return 0;
}

static int worker_gone(struct job *job)
{
    /* How the process ended says more than that it hung up: let on_child_exit tell. A worker that only closed
     * its socket is of no use any more. */
    if (job->child) {
        job->io = sd_event_source_disable_unref(job->io);
        kill(job->child->pid, SIGKILL);
        return 0;
    }
    return job->in_call ? fail(job, "The worker hung up before it answered.") : 0;
}

static int start_timeout(struct job *job, uint64_t timeout);

/* Hands a reply on. True if the job is still there and waits for more. */
static bool answer(struct job *job, char *text, size_t size)
{
    struct varlink_reply reply;
    bool freed = false;

    if (!job->in_call || varlink_reply_parse(text, size, &reply) < 0) {
        fail(job, "The worker sent something that is no reply.");
        return false;
    }
    bool goes_on = job->streaming && reply.continues;
    if (reply.continues && !job->streaming) {
        varlink_reply_done(&reply);
        fail(job, "The worker sent one of several replies, but one was asked for.");
        return false;
    }

    job->in_call = goes_on;
    job->timeout = sd_event_source_disable_unref(job->timeout);
    job->freed = &freed;
    job->callbacks->replied(job->userdata, &reply);
    varlink_reply_done(&reply);
    if (freed)
        return false;
    job->freed = NULL;
    if (goes_on && start_timeout(job, job->reply_timeout) < 0) {
        fail(job, "There is no memory to wait for the worker.");
        return false;
    }
    return goes_on;
}

/* Takes the whole messages that have come. */
static int take_replies(struct job *job)
{
    char *text;
    size_t size;
    int r;

    while ((r = varlink_stream_next(&job->stream, &text, &size)) > 0) {
        if (!job->streaming && varlink_stream_partial(&job->stream))
            return fail(job, "The worker sent more than it was asked for.");
        if (!answer(job, text, size))
            return 0;
    }
    return r < 0 ? fail(job, "The worker's reply is too long.") : 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct job *job = userdata;

    (void)fd;
    if (revents & EPOLLOUT) {
        int r = varlink_stream_flush(&job->stream);
        if (r < 0 && r != -EAGAIN)
            return worker_gone(job);
        if (r == 0)
            sd_event_source_set_io_events(source, EPOLLIN);
    }
    if (!(revents & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return 0;

    ssize_t n = varlink_stream_read(&job->stream);
    if (n == -EAGAIN)
        return 0;
    if (n == -EMSGSIZE)
        return fail(job, "The worker's reply is too long.");
    if (n <= 0)
        return worker_gone(job);

    return take_replies(job);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    return fail(userdata, "The worker did not answer in time.");
}

struct job *job_free(struct job *job)
{
    if (!job)
        return NULL;

    if (job->child) {
        job->child->job = NULL;
        /* An idle worker sees the end of its input; a busy one is not waited for. It holds nothing to lose.
         */
        if (job->in_call)
            kill(job->child->pid, SIGKILL);
    }
    if (job->freed)
        *job->freed = true;
    sd_event_source_disable_unref(job->io);
    sd_event_source_disable_unref(job->timeout);
    varlink_stream_done(&job->stream);
    safe_close(job->fd);
    free(job);
    return NULL;
}

static void job_freep(struct job **job)
{
    job_free(*job);
}

bool job_is_socket(const char *address)
{
    return strncmp(address, socket_prefix, strlen(socket_prefix)) == 0;
}

int job_new(sd_event *event, const char *address, const char *log_level,
    const struct job_callbacks *callbacks, void *userdata, struct job **ret)
{
    _cleanup_(job_freep) struct job *job = calloc(1, sizeof(*job));

    if (!job)
        return -ENOMEM;
    *job = (struct job){ .event = event, .callbacks = callbacks, .userdata = userdata, .fd = -1 };

    int r = job_is_socket(address) ? connect_socket(job, address + strlen(socket_prefix))
                                   : start_process(job, address, log_level);
    if (r < 0)
        return r;
    varlink_stream_init(&job->stream, job->fd, job->fd, REPLY_SIZE_MAX, CALL_SIZE_MAX);
    r = sd_event_add_io(event, &job->io, job->fd, EPOLLIN, on_io, job);
    if (r < 0)
        return r;

    *ret = TAKE_PTR(job);
    return 0;
}

static int start_timeout(struct job *job, uint64_t timeout)
{
    return sd_event_add_time_relative(
        job->event, &job->timeout, CLOCK_MONOTONIC, timeout, 0, on_timeout, job);
}

static int send_call(
    struct job *job, const char *method, json_object *parameters, bool streaming, uint64_t timeout)
{
    _cleanup_json_erase_ json_object *call = varlink_make_call(method, parameters, streaming);

    if (!call)
        return -ENOMEM;
    if (!job->io)
        return -ECONNRESET;
    int r = varlink_stream_queue(&job->stream, call);
    if (r >= 0)
        r = varlink_stream_flush(&job->stream);
    if (r == -EAGAIN)
        r = sd_event_source_set_io_events(job->io, EPOLLIN | EPOLLOUT);
    if (r < 0 && r != -EPIPE)
        return r;

    r = start_timeout(job, timeout);
    if (r < 0)
        return r;
    job->in_call = true;
    job->streaming = streaming;
    job->reply_timeout = timeout;
    return 0;
}

int job_call(struct job *job, const char *method, json_object *parameters, uint64_t timeout)
{
    return send_call(job, method, parameters, false, timeout);
}

int job_stream(struct job *job, const char *method, json_object *parameters, uint64_t timeout)
{
    return send_call(job, method, parameters, true, timeout);
}
