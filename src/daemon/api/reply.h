/*
 * The messages of the handlers: replies, and the errors of org.threatresponse.agent. The caller owns an object that is
 * returned; without memory it is NULL.
 */
#pragma once

#include "common/varlink.h"
#include "daemon/core/refusal.h"
#include "varlink/agent.h"

/* Returns an object with one member. Takes the value over (NULL: there was no memory for it). */
json_object *reply_object(const char *key, json_object *value);

/* Returns an object with one string. */
json_object *reply_string(const char *key, const char *value);

/* Returns the error Refused. */
json_object *reply_make_refusal(enum reason reason, const char *message, const char *remedy);

/* Replies with parameters. Takes them over (NULL: there was no memory for them). Returns 0 or -ENOMEM. */
int reply_parameters(json_object *parameters, json_object **ret_reply);

/* Replies without parameters. Returns 0 or -ENOMEM. */
int reply_empty(json_object **ret_reply);

/* Replies an error. Takes the parameters over. Returns 0 or -ENOMEM. */
int reply_error(const char *error, json_object *parameters, json_object **ret_reply);

/* Replies the error Refused with the remedy of its reason. Returns 0 or -ENOMEM. */
int reply_refusal(const struct refusal *refusal, json_object **ret_reply);
