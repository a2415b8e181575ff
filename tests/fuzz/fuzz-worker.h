/*
 * A worker on the daemon's event loop: it demands calls that follow its interface description, and answers what the input
 * says: replies of the described form or of a slightly wrong one, failures, nothing, or no varlink at all.
 */
#pragma once

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fuzz/fuzz-daemon.h"
#include "fuzz/fuzz-idl.h"

enum {
    WORKER_JOBS_MAX =
        8, /* connections at a time: those of the registration and of the check, and dying ones */
};

struct fuzz_worker {
    struct maker maker;
    int listener;
    sd_event *event;
    sd_event_source *accept;
    struct fuzz_job {
        struct fuzz_worker *worker;
        struct varlink_stream stream;
        sd_event_source *io; /* NULL: the place is free */
    } jobs[WORKER_JOBS_MAX];
};

static inline void fuzz_job_end(struct fuzz_job *job)
{
    if (!job->io)
        return;
    job->io = sd_event_source_disable_unref(job->io);
    varlink_stream_done(&job->stream);
    safe_close(job->stream.fd_in);
}

/* Queues what is to be the answer, taken over. */
static inline void fuzz_job_send(struct fuzz_job *job, json_object *message)
{
    size_t size;
    const char *text = json_text(message, &size);

    REQUIRE(text);
    (void)varlink_stream_queue_text(&job->stream, text, size);
    json_object_put(message);
}

static inline void fuzz_job_answer(struct fuzz_job *job, const char *method)
{
    struct maker *maker = &job->worker->maker;
    size_t choice = choose(maker->input, 32);

    if (choice < 24)
        fuzz_job_send(job, varlink_make_reply(make_value(maker, idl_method(maker->idl, method, "out"))));
    else if (choice < 27)
        fuzz_job_send(
            job, varlink_make_error("org.threatresponse.worker.Failed",
                     make_value(maker, json_get_object(json_get_object(maker->idl, "errors"), "Failed"))));
    else if (choice == 27)
        fuzz_job_send(job, varlink_make_part(make_value(maker, idl_method(maker->idl, method, "out"))));
    else if (choice == 28)
        fuzz_job_send(job, varlink_make_error("org.varlink.service.MethodNotFound", NULL));
    else if (choice == 29)
        (void)varlink_stream_queue_text(&job->stream, "{'", 2);
    else if (choice == 30)
        fuzz_job_end(job);
    /* Else it never answers. */
}

static inline void fuzz_job_run(struct fuzz_job *job, char *text, size_t size)
{
    json_object *idl = job->worker->maker.idl;
    struct varlink_call call;
    char method[64];

    REQUIRE(varlink_call_parse(text, size, &call) == 0 && !call.oneway);
    const char *member = idl_member(idl, call.method);
    REQUIRE(member && idl_method(idl, member, "in"));
    snprintf(method, sizeof(method), "%s", member);
    idl_check_value(idl, idl_method(idl, method, "in"), call.parameters);
    for (size_t n = call.more ? choose(job->worker->maker.input, 12) : 0; n > 0; n--)
        fuzz_job_send(
            job, varlink_make_part(make_value(&job->worker->maker, idl_method(idl, method, "out"))));
    varlink_call_done(&call);
    fuzz_job_answer(job, method);
}

static inline int fuzz_job_on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct fuzz_job *job = userdata;
    char *text;
    size_t size;

    (void)source;
    (void)fd;
    if (revents != EPOLLOUT && varlink_stream_read(&job->stream) <= 0) {
        fuzz_job_end(job);
        return 0;
    }
    while (job->io && varlink_stream_next(&job->stream, &text, &size) > 0)
        fuzz_job_run(job, text, size);
    if (!job->io)
        return 0;
    int r = varlink_stream_flush(&job->stream);
    if (r < 0 && r != -EAGAIN)
        fuzz_job_end(job);
    else
        sd_event_source_set_io_events(job->io, r < 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
    return 0;
}

static inline int fuzz_worker_on_accept(
    sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
    struct fuzz_worker *worker = userdata;
    struct fuzz_job *job = worker->jobs;

    (void)source;
    (void)revents;
    while (job < worker->jobs + WORKER_JOBS_MAX && job->io)
        job++;
    REQUIRE(job < worker->jobs + WORKER_JOBS_MAX);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    REQUIRE(fd >= 0);
    job->worker = worker;
    varlink_stream_init(&job->stream, fd, fd, 1 << 20, 1 << 22);
    return sd_event_add_io(worker->event, &job->io, fd, EPOLLIN, fuzz_job_on_io, job);
}

/* Listens at a path, and answers with what the maker makes. */
static inline void fuzz_worker_open(struct fuzz_worker *worker, const char *path, struct maker maker)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    *worker = (struct fuzz_worker){ .maker = maker };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    worker->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    REQUIRE(bind(worker->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    REQUIRE(listen(worker->listener, WORKER_JOBS_MAX) == 0);
}

/* Attaches to the loop of a daemon, and detaches before the daemon is freed. */
static inline void fuzz_worker_attach(struct fuzz_worker *worker, sd_event *event)
{
    worker->event = event;
    REQUIRE(sd_event_add_io(
                event, &worker->accept, worker->listener, EPOLLIN, fuzz_worker_on_accept, worker) >= 0);
}

static inline void fuzz_worker_detach(struct fuzz_worker *worker)
{
    worker->accept = sd_event_source_disable_unref(worker->accept);
    for (size_t i = 0; i < WORKER_JOBS_MAX; i++)
        fuzz_job_end(&worker->jobs[i]);
}

static inline void fuzz_worker_close(struct fuzz_worker *worker)
{
    fuzz_worker_detach(worker);
    safe_close(worker->listener);
}
