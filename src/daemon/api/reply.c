#include "daemon/api/reply.h"

#include <errno.h>

json_object *reply_object(const char *key, json_object *value)
{
    json_object *object = json_object_new_object();

    if (!object || !value || json_add(object, key, value) < 0) {
        json_object_put(value);
        json_object_put(object);
        return NULL;
    }
    return object;
}

json_object *reply_string(const char *key, const char *value)
{
    return reply_object(key, json_object_new_string(value));
}

json_object *reply_make_refusal(enum reason reason, const char *message, const char *remedy)
{
    json_object *parameters = reply_string("reason", reason_to_string(reason));

    if (!parameters)
        return NULL;
    json_add_string(parameters, "message", message);
    json_add_string(parameters, "remedy", remedy);
    return varlink_make_error(AGENT_INTERFACE ".Refused", parameters);
}

static int set_reply(json_object *message, json_object **ret_reply)
{
    if (!message)
        return -ENOMEM;
    *ret_reply = message;
    return 0;
}

int reply_parameters(json_object *parameters, json_object **ret_reply)
{
    return parameters ? set_reply(varlink_make_reply(parameters), ret_reply) : -ENOMEM;
}

int reply_empty(json_object **ret_reply)
{
    return set_reply(varlink_make_reply(NULL), ret_reply);
}

int reply_error(const char *error, json_object *parameters, json_object **ret_reply)
{
    return set_reply(varlink_make_error(error, parameters), ret_reply);
}

int reply_refusal(const struct refusal *refusal, json_object **ret_reply)
{
    return set_reply(reply_make_refusal(refusal->reason, refusal->message,
                         *refusal->remedy ? refusal->remedy : reason_remedy(refusal->reason)),
        ret_reply);
}
