/*
 * The JSON bodies that devices send, and the checks of what a device says about itself in them. Each function returns 1
 * if the body passed, 0 if it was refused and the answer is filled, or negative errno.
 */
#pragma once

#include "sandbox/web/answer.h"
#include "sandbox/web/request.h"

#include <json-c/json.h>

/* Reads the body of the request as a JSON object; the caller puts it. */
int request_read_json(const struct request *request, struct answer *answer, json_object **ret);

/* Finds "clientInfo" in a body and checks it; its guid must be that one, unless guid is NULL. *ret is borrowed from the
 * body. */
int client_info_check(struct answer *answer, json_object *body, const char *guid, json_object **ret);

/* Checks "settings" of a new context against the server that was asked. */
int client_settings_check(struct answer *answer, json_object *body, const struct host *host);
