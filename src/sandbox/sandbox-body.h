#pragma once

/* Strict reading of a request's JSON body. json-c, even in its strict mode, takes single quotes, NaN, raw
 * control characters and duplicate keys; a faithful server must not. */

#include <json-c/json.h>
#include <stddef.h>

#define BODY_LIMIT 65536

/* Parses a body that must be one JSON object in UTF-8. The caller puts it. 0, -ENOMEM, or -EBADMSG with
 * *ret_problem a constant sentence for the client. */
int sandbox_body_parse(const char *data, size_t size, json_object **ret, const char **ret_problem);
