/*
 * A worker that answers by a script, on the event loop of the test. Each answer names the method that has to be
 * asked next; its text is the parameters of the reply, an error with parameters ("!" before the reason), or what
 * the worker does in place of an answer.
 */
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/registration/requests.h"
#include "unit/helpers/daemon/fixture.h"

#define SILENCE ((const char *)1) /* never answers */
#define HANG_UP ((const char *)2) /* closes the connection */

struct answer {
    const char *method, *text;
};

struct fake_worker {
    struct fixture *fixture;
    const struct answer *answers;
    size_t n, asked;
    int listener, fd;
    struct varlink_stream stream;
    sd_event_source *accept, *io;
    json_object *parameters; /* of the last call */
};

static inline void fake_worker_hang_up(struct fake_worker *worker)
{
    worker->io = sd_event_source_disable_unref(worker->io);
    if (worker->fd >= 0)
        varlink_stream_done(&worker->stream);
    worker->fd = safe_close(worker->fd);
}

/* The step that is on disk now. */
static inline void fake_worker_saved(
    const struct fake_worker *worker, const char *key, char *out, size_t size)
{
    char path[96];
    json_object *document = NULL;

    snprintf(path, sizeof(path), "%s/state.json", worker->fixture->state);
    _cleanup_free_ char *text = fixture_read(path);
    assert_int_equal(json_parse(text, strlen(text), &document), 0);
    const char *value = json_get_string(document_registration(document), key);
    snprintf(out, size, "%s", value ? value : "none");
    json_object_put(document);
}

static inline void fake_worker_answer(struct fake_worker *worker, const char *text)
{
    char reply[2048];

    if (*text == '!')
        snprintf(reply, sizeof(reply),
            "{\"error\":\"org.threatresponse.worker.Failed\",\"parameters\":{\"reason\":\"%.*s\",\"message\":"
            "\"It "
            "failed.\"%s}}",
            (int)strcspn(text + 1, ","), text + 1, text + 1 + strcspn(text + 1, ","));
    else
        snprintf(reply, sizeof(reply), "{\"parameters\":%s}", text);
    assert_int_equal(varlink_stream_queue_text(&worker->stream, reply, strlen(reply)), 0);
    assert_int_equal(varlink_stream_flush(&worker->stream), 0);
}

static inline int fake_worker_on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct fake_worker *worker = userdata;
    struct varlink_call call;
    char *text, method[96];
    size_t size;

    (void)source;
    (void)fd;
    (void)revents;
    if (varlink_stream_read(&worker->stream) <= 0) {
        fake_worker_hang_up(worker);
        return 0;
    }
    if (varlink_stream_next(&worker->stream, &text, &size) == 0)
        return 0;
    assert_int_equal(varlink_call_parse(text, size, &call), 0);
    if (worker->asked >= worker->n)
        fail_msg("%s was asked behind the end of the script", call.method);
    const struct answer *answer = &worker->answers[worker->asked++];
    snprintf(method, sizeof(method), "org.threatresponse.worker.%s", answer->method);
    assert_string_equal(call.method, method);
    json_object_put(worker->parameters);
    worker->parameters = NULL;
    assert_int_equal(json_object_deep_copy(call.parameters, &worker->parameters, NULL), 0);
    varlink_call_done(&call);
    if (answer->text == HANG_UP)
        fake_worker_hang_up(worker);
    else if (answer->text != SILENCE)
        fake_worker_answer(worker, answer->text);
    return 0;
}

static inline int fake_worker_on_accept(
    sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
    struct fake_worker *worker = userdata;

    (void)source;
    (void)revents;
    fake_worker_hang_up(worker);
    worker->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(worker->fd >= 0);
    varlink_stream_init(&worker->stream, worker->fd, worker->fd, 1 << 20, 1 << 20);
    return sd_event_add_io(
        worker->fixture->manager->core.event, &worker->io, worker->fd, EPOLLIN, fake_worker_on_io, worker);
}

/* Listens where the fixture's daemon looks for its worker; to be called before the daemon starts. */
static inline void fake_worker_listen(struct fake_worker *worker, struct fixture *f)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    *worker = (struct fake_worker){ .fixture = f, .fd = -1 };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->worker);
    worker->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(worker->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(worker->listener, 4), 0);
}

/* Attaches to the loop of the daemon that has been started. */
static inline void fake_worker_attach(struct fake_worker *worker)
{
    assert_true(sd_event_add_io(worker->fixture->manager->core.event, &worker->accept, worker->listener,
                    EPOLLIN, fake_worker_on_accept, worker) >= 0);
}

/* To be called before the daemon is stopped. */
static inline void fake_worker_detach(struct fake_worker *worker)
{
    worker->accept = sd_event_source_disable_unref(worker->accept);
    fake_worker_hang_up(worker);
}

static inline void fake_worker_close(struct fake_worker *worker)
{
    fake_worker_detach(worker);
    json_object_put(worker->parameters);
    worker->listener = safe_close(worker->listener);
}

static inline void fake_worker_set(struct fake_worker *worker, const struct answer *answers, size_t n)
{
    worker->answers = answers;
    worker->n = n;
    worker->asked = 0;
}

#define SCRIPT(worker, ...)                                                                                  \
    do {                                                                                                     \
        static const struct answer _script[] = { __VA_ARGS__ };                                              \
        fake_worker_set(worker, _script, ELEMENTS(_script));                                                 \
    } while (0)

/* Runs until so many calls have been asked. */
static inline void fake_worker_run(struct fake_worker *worker, size_t asked)
{
    while (worker->asked < asked)
        fixture_turn(worker->fixture);
}

/* Runs until the job that is under way has ended. */
static inline void fake_worker_run_job(struct fake_worker *worker)
{
    fake_worker_run(worker, worker->n);
    while (worker->fixture->manager->registration.errand)
        fixture_turn(worker->fixture);
}

/* The daemon of a test and its worker, for the test programs that have one of each. */
static struct fixture f;
static struct fake_worker worker;

/* Before a test: the worker listens, the daemon is not started yet. */
static inline int fake_worker_set_up(void **state)
{
    (void)state;
    fixture_open(&f);
    fake_worker_listen(&worker, &f);
    return 0;
}

/* Who asks in the tests. */
static const struct requester requester = { 0, "root" };

static inline struct registration *registration(void)
{
    return &f.manager->registration;
}

/* Starts the daemon with a state (NULL: none) and a configuration. */
static inline void fake_worker_start(const char *state, const char *config)
{
    if (state)
        fixture_write_state(&f, state);
    fixture_start(&f, config);
    fake_worker_attach(&worker);
}

/* After a test. */
static inline int fake_worker_tear_down(void **state)
{
    (void)state;
    fake_worker_close(&worker);
    fixture_close(&f);
    return 0;
}
