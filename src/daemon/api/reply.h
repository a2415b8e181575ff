/* Messages of the handlers: replies and the errors of org.threatresponse.agent. */
#pragma once

#include "common/varlink.h"
#include "daemon/core/refusal.h"
#include "varlink/agent.h"

/* Makes an object with one member; takes the value over (NULL: there was no memory for it). NULL without memory. */
json_object *reply_object(const char *key, json_object *value);

/* Makes an object with one string. NULL without memory. */
json_object *reply_string(const char *key, const char *value);

/* Makes the error Refused. NULL without memory. */
json_object *reply_make_refusal(enum reason reason, const char *message, const char *remedy);

/* Give a handler's message to the dispatcher (NULL: there was no memory for it): a reply with the parameters, an error, or
 * the error Refused with the remedy of its reason. Return 0 or -ENOMEM. */
int reply_parameters(json_object *parameters, json_object **ret_reply);
int reply_empty(json_object **ret_reply);
int reply_error(const char *error, json_object *parameters, json_object **ret_reply);
int reply_refusal(const struct refusal *refusal, json_object **ret_reply);
