#include "daemon/api/recognition.h"

#include "common/clock.h"
#include "common/log.h"
#include "daemon/api/api.h"
#include "daemon/api/reply.h"
#include "daemon/worker/errand.h"
#include "daemon/worker/replies.h"

#include <errno.h>
#include <stdio.h>

enum {
    MINUTE_USEC = 60 * 1000000,
};

static const struct errand_call call_recognise = { "Recognise", reply_recognise, .streams = true };

static void stop(struct recognition *recognition)
{
    recognition->errand = errand_free(recognition->errand);
    recognition->timeout = sd_event_source_disable_unref(recognition->timeout);
    recognition->asker = NULL;
}

static void on_client_gone(struct connection *connection, void *data)
{
    (void)connection;
    stop(data);
}

/* Resumes the worker when the client has taken the last part. */
static int on_sent(struct connection *connection, void *data)
{
    struct recognition *recognition = data;

    (void)connection;
    recognition->timeout = sd_event_source_disable_unref(recognition->timeout);
    errand_resume(recognition->errand);
    return 0;
}

static const struct connection_role role = { .send_newest = on_sent, .closed = on_client_gone };

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct recognition *recognition = userdata;

    (void)source;
    (void)usec;
    connection_log(recognition->asker, PEER_ANSWER_UNREAD, "did not take the observables of a text in time");
    connection_free(recognition->asker);
    return 0;
}

/* Ends the recognition and sends the last message to the client. Takes it over (NULL: there was no memory for it). */
static void end(struct recognition *recognition, json_object *message)
{
    struct connection *asker = recognition->asker;

    stop(recognition);
    connection_send_last(asker, message);
}

static void on_failed(void *userdata, const struct errand_failure *failure)
{
    struct recognition *recognition = userdata;
    char text[256];

    snprintf(text, sizeof(text), "got no answer to Recognise (%s)", failure->message);
    connection_log(recognition->asker, PEER_ERRAND_FAILED, text);
    end(recognition, reply_make_refusal(failure->reason, failure->message, reason_remedy(failure->reason)));
}

/* Sends a part and lets the worker wait until the client has taken it. */
static void send_part(struct recognition *recognition, json_object *message)
{
    struct connection *asker = recognition->asker;

    errand_pause(recognition->errand);
    connection_send_part(asker, message);
    if (recognition->errand)
        connection_wake(asker);
    /* Sending may have freed the connection, or written everything at once. */
    if (!recognition->errand || varlink_stream_pending(&asker->stream) == 0)
        return;
    int r = sd_event_add_time_relative(asker->server->core->event, &recognition->timeout, CLOCK_MONOTONIC,
        asker->server->core->config->message_timeout, 0, on_timeout, recognition);
    if (r < 0)
        log_warning("The timer for a slow client can't be made, ignoring: %s", strerror(-r));
}

static void on_replied(void *userdata, json_object *parameters, bool last)
{
    struct recognition *recognition = userdata;
    json_object *items = json_object_get(parameters);

    if (last)
        end(recognition, varlink_make_reply(items));
    else
        send_part(recognition, varlink_make_part(items));
}

static const struct errand_owner owner = { on_replied, on_failed };

static bool refuse_busy(struct refusal *ret, const char *message, const char *remedy)
{
    refusal_set(ret, REASON_BUSY, "%s", message);
    snprintf(ret->remedy, sizeof(ret->remedy), "%s", remedy);
    return false;
}

/* Counts a text of a client who may only read. Returns false and the refusal if the minute has had too many. */
static bool count_start(struct recognitions *recognitions, uid_t uid, struct refusal *ret)
{
    uint64_t now = clock_usec(CLOCK_MONOTONIC);
    unsigned own = 0;

    if (now - recognitions->minute >= MINUTE_USEC) {
        recognitions->minute = now;
        recognitions->started = 0;
    }
    for (unsigned i = 0; i < recognitions->started; i++)
        own += recognitions->askers[i] == uid;
    if (own >= RECOGNITIONS_OF_A_USER || recognitions->started >= RECOGNITIONS_A_MINUTE)
        return refuse_busy(ret,
            own >= RECOGNITIONS_OF_A_USER ? "Too many texts of yours were recognised within a minute."
                                          : "Too many texts were recognised within a minute.",
            "Try again in a minute, or let an administrator do it.");
    recognitions->askers[recognitions->started++] = uid;
    return true;
}

/* Finds a place for the text of a client. Returns false and the refusal if there is none. */
static bool find_place(struct recognitions *recognitions, const struct connection *asker,
    struct recognition **ret_place, struct refusal *ret)
{
    bool writes = connection_may_write(asker);
    size_t n = 0;

    *ret_place = NULL;
    for (struct recognition *place = recognitions->running; place < recognitions->running + RECOGNITIONS_MAX;
         place++) {
        if (!place->errand)
            *ret_place = place;
        else if (place->asker->uid == asker->uid)
            return refuse_busy(ret, "Another text of yours is being recognised.", "Wait until it has ended.");
        n += place->errand != NULL;
    }
    if (n >= RECOGNITIONS_MAX - (writes ? 0 : 1))
        return refuse_busy(ret, "Other texts are being recognised.", "Try again in a moment.");
    return writes || count_start(recognitions, asker->uid, ret);
}

/* Asks the worker. Returns false and the refusal if that fails. */
static bool start(struct api *api, struct recognition *place, json_object *parameters, struct refusal *ret)
{
    struct errand_failure failure;

    int r = errand_new(api->core, ERRAND_FOR_CLIENT, &owner, place, &place->errand);
    if (r == -EBUSY)
        return refuse_busy(ret, "Too many calls are waiting for a worker.", "Try again in a moment.");
    if (r < 0)
        return refusal_set(ret, REASON_WORKER_FAILED, "There is no memory to recognise a text.");
    /* The errand erases the text after sending it. */
    if (!errand_start_call(place->errand, &call_recognise, json_object_get(parameters), &failure))
        return refusal_set(ret, failure.reason, "%s", failure.message);
    return true;
}

int method_recognise(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct connection *connection = userdata;
    struct api *api = api_of(connection);
    struct recognition *place;
    struct refusal refusal;

    if (!find_place(&api->recognitions, connection, &place, &refusal))
        return reply_refusal(&refusal, ret_reply);
    if (!start(api, place, call->parameters, &refusal)) {
        stop(place);
        return reply_refusal(&refusal, ret_reply);
    }
    place->asker = connection;
    connection_set_role(connection, &role, place);
    return 1;
}
