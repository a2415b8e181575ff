#include "daemon/worker/errand.h"

#include "common/log.h"
#include "common/utf8.h"
#include "daemon/worker/link.h"
#include "daemon/worker/replies.h"
#include "varlink/worker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

struct errand {
    struct core *core;
    const struct errand_owner *owner;
    void *userdata;
    enum errand_party party;
    struct worker_link *link;       /* NULL: no worker is open */
    unsigned reloads;               /* core->reloads when it was opened */
    const struct errand_call *call; /* that is under way; NULL: none is */
    unsigned replies;               /* to the call */
    char message[ERRAND_MESSAGE_MAX];
};

static struct errand_failure make_failure(struct errand *errand, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static struct errand_failure make_failure(struct errand *errand, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(errand->message, sizeof(errand->message), format, arguments);
    va_end(arguments);
    return (struct errand_failure){ .reason = REASON_WORKER_FAILED, .message = utf8_trim(errand->message) };
}

/* Closes the worker, which has failed and is not asked again, and reports the failure. */
static void fail_with_worker(struct errand *errand, const struct errand_failure *failure)
{
    errand->link = worker_link_free(errand->link);
    errand->call = NULL;
    errand->owner->failed(errand->userdata, failure);
}

/* Returns the failure for a parameter that the worker rejects. A parameter from the state counts as a
 * certificate that can't be used; any other is a fault of the two programs. */
static struct errand_failure fail_for_parameter(struct errand *errand, const char *parameter)
{
    static const char *const stored[] = { "credentials", "enrollment", "previous", "privateKey",
        "trustAnchors" };
    const char *name = parameter ? parameter : "";
    struct errand_failure failure = make_failure(
        errand, "The worker does not take the parameter %.100s of %s.", name, errand->call->method);

    for (size_t i = 0; i < ELEMENTS(stored); i++) {
        size_t length = strlen(stored[i]);

        if (strncmp(name, stored[i], length) == 0 && (name[length] == 0 || name[length] == '.'))
            failure.reason = REASON_CERTIFICATE_UNUSABLE;
    }
    return failure;
}

/* Handles an error of the worker: Failed is that of the cloud if it fits its table. */
static void on_error(struct errand *errand, const char *error, json_object *parameters)
{
    enum reason reason = reason_from_string(json_get_string(parameters, "reason"));
    char field[128];

    if (streq(error, WORKER_INTERFACE ".Failed") && reason != REASON_NONE &&
        service_check_fields(reply_failed, parameters, field, sizeof(field)) == 0) {
        const struct errand_failure failure = {
            .reason = reason,
            .message = json_get_string(parameters, "message"),
            .details = parameters,
        };
        errand->call = NULL;
        errand->owner->failed(errand->userdata, &failure);
        return;
    }
    struct errand_failure failure =
        make_failure(errand, "The worker answered %s with the error %s.", errand->call->method, error);
    if (streq(error, "org.varlink.service.InvalidParameter"))
        failure = fail_for_parameter(errand, json_get_string(parameters, "parameter"));
    fail_with_worker(errand, &failure);
}

static void on_replied(void *userdata, const struct varlink_reply *reply)
{
    struct errand *errand = userdata;
    char field[128];

    if (reply->error) {
        on_error(errand, reply->error, reply->parameters);
        return;
    }
    if (service_check_fields(errand->call->reply, reply->parameters, field, sizeof(field)) < 0) {
        const struct errand_failure failure = make_failure(errand, "The worker's reply is malformed.");
        fail_with_worker(errand, &failure);
        return;
    }
    if (++errand->replies > ERRAND_REPLIES_MAX) {
        const struct errand_failure failure = make_failure(errand,
            "The worker answered %s with more than %d replies.", errand->call->method, ERRAND_REPLIES_MAX);
        fail_with_worker(errand, &failure);
        return;
    }
    if (!reply->continues)
        errand->call = NULL;
    errand->owner->replied(errand->userdata, reply->parameters, !reply->continues);
}

static void on_failed(void *userdata, const char *message)
{
    struct errand *errand = userdata;

    /* Between calls nobody waits: the next call opens another worker. */
    if (!errand->call) {
        errand->link = worker_link_free(errand->link);
        return;
    }
    const struct errand_failure failure = make_failure(errand, "%s", message);
    fail_with_worker(errand, &failure);
}

static const struct worker_link_callbacks callbacks = { on_replied, on_failed };

int errand_new(struct core *core, enum errand_party party, const struct errand_owner *owner, void *userdata,
    struct errand **ret)
{
    if (party == ERRAND_FOR_CLIENT && core->errands_for_clients >= ERRANDS_FOR_CLIENTS_MAX)
        return -EBUSY;
    struct errand *errand = calloc(1, sizeof(*errand));
    if (!errand)
        return -ENOMEM;
    errand->core = core;
    errand->owner = owner;
    errand->userdata = userdata;
    errand->party = party;
    if (party == ERRAND_FOR_CLIENT)
        core->errands_for_clients++;
    *ret = errand;
    return 0;
}

static int open_worker(struct errand *errand)
{
    struct core *core = errand->core;

    errand->reloads = core->reloads;
    return worker_link_new(core->event, core_worker_address(core), log_level_to_string(core_log_level(core)),
        &callbacks, errand, &errand->link);
}

bool errand_start_call(struct errand *errand, const struct errand_call *call, json_object *parameters,
    struct errand_failure *ret)
{
    char method[128];
    uint64_t timeout = errand->core->config->worker_timeout;
    int r = 0;

    if (errand->call) {
        json_put_erased(parameters);
        *ret = make_failure(errand, "The worker has not answered %s yet.", errand->call->method);
        return false;
    }
    /* A worker reads trust anchors with its first call only, and a reload may name others. */
    if (errand->link && (errand->reloads != errand->core->reloads || !worker_link_is_open(errand->link)))
        errand->link = worker_link_free(errand->link);
    if (!errand->link)
        r = open_worker(errand);
    if (r < 0) {
        json_put_erased(parameters);
        *ret = make_failure(errand, "The worker %s can't be started or reached: %s.",
            core_worker_address(errand->core), strerror(-r));
        return false;
    }

    snprintf(method, sizeof(method), WORKER_INTERFACE ".%s", call->method);
    if (!parameters)
        r = -ENOMEM;
    else if (call->streams)
        r = worker_link_stream(errand->link, method, parameters, timeout);
    else
        r = worker_link_call(errand->link, method, parameters, timeout);
    if (r < 0) {
        errand->link = worker_link_free(errand->link);
        *ret = make_failure(errand, "The call can't be sent to the worker: %s.", strerror(-r));
        return false;
    }
    errand->call = call;
    errand->replies = 0;
    return true;
}

void errand_pause(struct errand *errand)
{
    if (errand->link)
        worker_link_pause(errand->link);
}

void errand_resume(struct errand *errand)
{
    if (errand->link)
        worker_link_resume(errand->link);
}

struct errand *errand_free(struct errand *errand)
{
    if (!errand)
        return NULL;
    if (errand->party == ERRAND_FOR_CLIENT)
        errand->core->errands_for_clients--;
    worker_link_free(errand->link);
    free(errand);
    return NULL;
}
