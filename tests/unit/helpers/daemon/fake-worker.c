#include "unit/helpers/daemon/fake-worker.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

void fake_worker_hang_up(struct fake_worker *worker)
{
    worker->io = sd_event_source_disable_unref(worker->io);
    if (worker->fd >= 0)
        varlink_stream_done(&worker->stream);
    worker->fd = safe_close(worker->fd);
}

static void send_formatted(struct fake_worker *worker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void send_formatted(struct fake_worker *worker, const char *format, ...)
{
    static char message[64 << 10];
    va_list arguments;

    va_start(arguments, format);
    assert_true(vsnprintf(message, sizeof(message), format, arguments) < (int)sizeof(message));
    va_end(arguments);
    assert_int_equal(varlink_stream_queue_text(&worker->stream, message, strlen(message)), 0);
    assert_int_equal(varlink_stream_flush(&worker->stream), 0);
}

void fake_worker_answer(struct fake_worker *worker, const char *text)
{
    int reason = (int)strcspn(text + 1, ",");

    if (*text == '=')
        send_formatted(worker, "%s", text + 1);
    else if (*text == '!')
        send_formatted(worker,
            "{\"error\":\"org.threatresponse.worker.Failed\",\"parameters\":{\"reason\":\"%.*s\",\"message\":"
            "\"It failed.\"%s}}",
            reason, text + 1, text + 1 + reason);
    else
        send_formatted(worker, "{\"parameters\":%s}", text);
}

void fake_worker_answer_part(struct fake_worker *worker, const char *parameters)
{
    send_formatted(worker, "{\"parameters\":%s,\"continues\":true}", parameters);
}

/* Checks that the call is the next one of the script, and keeps what it asks. */
static const struct answer *take_call(struct fake_worker *worker, char *text, size_t size)
{
    struct varlink_call call;
    char method[96];

    assert_int_equal(varlink_call_parse(text, size, &call), 0);
    if (worker->asked >= worker->n)
        fail_msg("%s was asked behind the end of the script", call.method);
    const struct answer *answer = &worker->answers[worker->asked++];
    snprintf(method, sizeof(method), "org.threatresponse.worker.%s", answer->method);
    assert_string_equal(call.method, method);
    worker->parameters = json_put_erased(worker->parameters);
    assert_int_equal(json_object_deep_copy(call.parameters, &worker->parameters, NULL), 0);
    worker->more = call.more;
    varlink_call_done(&call);
    return answer;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct fake_worker *worker = userdata;
    char *text;
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
    const struct answer *answer = take_call(worker, text, size);
    if (answer->text == HANG_UP)
        fake_worker_hang_up(worker);
    else if (answer->text != SILENCE)
        fake_worker_answer(worker, answer->text);
    return 0;
}

static int on_accept(sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
    struct fake_worker *worker = userdata;

    (void)source;
    (void)revents;
    fake_worker_hang_up(worker);
    worker->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(worker->fd >= 0);
    worker->connections++;
    varlink_stream_init(&worker->stream, worker->fd, worker->fd, 1 << 20, 1 << 20);
    return sd_event_add_io(worker->fixture->core->event, &worker->io, worker->fd, EPOLLIN, on_io, worker);
}

void fake_worker_listen(struct fake_worker *worker, struct fixture *f)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    *worker = (struct fake_worker){ .fixture = f, .fd = -1 };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->worker);
    worker->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(worker->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(worker->listener, 4), 0);
}

void fake_worker_attach(struct fake_worker *worker)
{
    assert_true(sd_event_add_io(worker->fixture->core->event, &worker->accept, worker->listener, EPOLLIN,
                    on_accept, worker) >= 0);
}

void fake_worker_detach(struct fake_worker *worker)
{
    worker->accept = sd_event_source_disable_unref(worker->accept);
    fake_worker_hang_up(worker);
}

void fake_worker_close(struct fake_worker *worker)
{
    fake_worker_detach(worker);
    worker->parameters = json_put_erased(worker->parameters);
    worker->listener = safe_close(worker->listener);
}

void fake_worker_set(struct fake_worker *worker, const struct answer *answers, size_t n)
{
    worker->answers = answers;
    worker->n = n;
    worker->asked = 0;
}

void fake_worker_run(struct fake_worker *worker, size_t asked)
{
    while (worker->asked < asked)
        fixture_turn(worker->fixture);
}
