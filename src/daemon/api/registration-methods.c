#include "daemon/api/registration-methods.h"

#include "common/log.h"
#include "common/user-name.h"
#include "daemon/api/reply.h"
#include "daemon/registration/failure.h"
#include "daemon/registration/requests.h"

enum {
    NAME_MAX_BYTES = 128,
};

/* Logs a request. Returns the requester, whose name is in name[NAME_MAX_BYTES]. */
static struct requester log_request(const struct connection *connection, const char *request, char *name)
{
    struct requester requester = { connection->uid, user_name_get(connection->uid, name, NAME_MAX_BYTES) };

    log_notice("%s asked to %s.", requester.name, request);
    return requester;
}

/* Replies a refusal with a remedy that can be followed in the present state. */
static int refuse(const struct connection *connection, struct refusal *refusal, json_object **ret_reply)
{
    failure_fit_refusal(api_of(connection)->registration, refusal);
    return reply_refusal(refusal, ret_reply);
}

int method_register(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    char name[NAME_MAX_BYTES];
    const struct requester requester = log_request(userdata, "register the appliance", name);
    struct refusal refusal;

    if (!registration_register(
            api_of(userdata)->registration, &requester, json_get_string(call->parameters, "token"), &refusal))
        return refuse(userdata, &refusal, ret_reply);
    return reply_empty(ret_reply);
}

int method_deregister(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    bool local_only = json_get_bool(call->parameters, "localOnly", false);
    char name[NAME_MAX_BYTES];
    const struct requester requester = log_request(
        userdata, local_only ? "deregister the appliance locally" : "deregister the appliance", name);
    const char *notice;
    struct refusal refusal;

    if (!registration_deregister(api_of(userdata)->registration, &requester, local_only, &notice, &refusal))
        return refuse(userdata, &refusal, ret_reply);
    return notice ? reply_parameters(reply_string("notice", notice), ret_reply) : reply_empty(ret_reply);
}

int method_cancel(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    struct registration *registration = api_of(connection)->registration;
    char name[NAME_MAX_BYTES];
    const struct requester requester = { connection->uid,
        user_name_get(connection->uid, name, sizeof(name)) };
    enum operation operation;
    struct refusal refusal;

    (void)call;
    if (!registration_cancel(registration, &requester, &operation, &refusal))
        return refuse(connection, &refusal, ret_reply);
    if (operation == OPERATION_NONE)
        return reply_error(AGENT_INTERFACE ".NothingToCancel",
            reply_string("state", state_names[registration_saved(registration)->state]), ret_reply);
    log_notice("%s has cancelled the operation %s.", requester.name, operation_names[operation]);
    return reply_parameters(reply_string("operation", operation_names[operation]), ret_reply);
}

int method_retry(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    struct registration *registration = api_of(userdata)->registration;
    char name[NAME_MAX_BYTES];
    enum operation operation;
    struct refusal refusal;

    (void)call;
    log_request(userdata, "try again at once what waits", name);
    if (!registration_retry(registration, &operation, &refusal))
        return refuse(userdata, &refusal, ret_reply);
    if (operation == OPERATION_NONE)
        return reply_error(AGENT_INTERFACE ".NothingToRetry",
            reply_string("state", state_names[registration_saved(registration)->state]), ret_reply);
    return reply_parameters(reply_string("operation", operation_names[operation]), ret_reply);
}

int method_renew(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    char name[NAME_MAX_BYTES];
    struct refusal refusal;

    (void)call;
    log_request(userdata, "renew the certificate", name);
    if (!registration_renew(api_of(userdata)->registration, &refusal))
        return refuse(userdata, &refusal, ret_reply);
    return reply_empty(ret_reply);
}

int method_reset_identity(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    char name[NAME_MAX_BYTES];
    const struct requester requester = log_request(userdata, "forget the identity of the appliance", name);
    struct refusal refusal;

    (void)call;
    if (!registration_reset_identity(api_of(userdata)->registration, &requester, &refusal))
        return refuse(userdata, &refusal, ret_reply);
    return reply_empty(ret_reply);
}
