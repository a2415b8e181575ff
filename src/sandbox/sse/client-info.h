/* What a device says of itself in the bodies of contexts and refresh, and the check that it is as the
 * contract wants it. */
#pragma once

#include "sandbox/sandbox.h"

#include <json-c/json.h>

/* Reads the request's body as a JSON object; the caller puts it. 1: *ret is set. 0: refused, the answer is
 * filled. Negative errno: failed. */
int request_read_json(const struct request *request, struct answer *answer, json_object **ret);

/* Takes "clientInfo" out of a body and checks it; guid (or NULL) is what its guid must be. *ret is borrowed.
 * Returns as request_read_json(). */
int client_info_check(struct answer *answer, json_object *body, const char *guid, json_object **ret);

/* Checks "settings" of a new context against the server that was asked. 1: fine. 0: refused, the answer is
 * filled. Negative errno: failed. */
int client_settings_check(struct answer *answer, json_object *body, const struct host *host);
