#include "worker/call/failure.h"

#include "common/log.h"
#include "common/utf8.h"
#include "common/varlink.h"
#include "varlink/worker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int failure_set(struct failure *failure, enum reason reason, const char *format, ...)
{
    va_list arguments;

    failure->reason = reason;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    /* vasprintf() would leave a copy in memory that it has freed. */
    _cleanup_erase_ char *text = size < 0 ? NULL : calloc(1, (size_t)size + 1);
    if (!text)
        return -ENOMEM;
    va_start(arguments, format);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    secrets_redact(failure->secrets, text, failure->message, sizeof(failure->message));
    utf8_trim(failure->message);
    return -EREMOTEIO;
}

int failure_add_detail(struct failure *failure, const char *name, const char *value)
{
    char shown[64];

    if (!failure->details && !(failure->details = json_object_new_object()))
        return -ENOMEM;
    return json_add_string(failure->details, name, failure_quote(failure, value, shown, sizeof(shown)));
}

char *failure_quote(const struct failure *failure, const char *text, char *out, size_t size)
{
    /* Escaping never makes a text shorter: what doesn't fit in here wouldn't fit in out either. */
    char clean[512];

    secrets_redact(failure->secrets, text, clean, size < sizeof(clean) ? size : sizeof(clean));
    return escape_text(clean, out, size);
}

static int add_details(json_object *fields, json_object *details)
{
    if (!details)
        return 0;
    json_object_object_foreach(details, name, value)
    {
        if (json_add(fields, name, json_object_get(value)) < 0)
            return -ENOMEM;
    }
    return 0;
}

json_object *failure_reply(const struct failure *failure)
{
    _cleanup_json_ json_object *fields = json_object_new_object();

    if (!fields || json_add_string(fields, "reason", reason_to_string(failure->reason)) < 0 ||
        json_add_string(fields, "message", failure->message) < 0)
        return NULL;
    if (failure->http_status && json_add_int(fields, "httpStatus", failure->http_status) < 0)
        return NULL;
    if (*failure->request_id && json_add_string(fields, "requestId", failure->request_id) < 0)
        return NULL;
    if (failure->retry_after >= 0 && json_add_int(fields, "retryAfter", failure->retry_after) < 0)
        return NULL;
    if (failure->clock_known && json_add_int(fields, "clockOffset", failure->clock_offset) < 0)
        return NULL;
    if (add_details(fields, failure->details) < 0)
        return NULL;
    return varlink_make_error(WORKER_INTERFACE ".Failed", TAKE_PTR(fields));
}

void failure_reset(struct failure *failure)
{
    const struct secrets *secrets = failure->secrets;

    failure_done(failure);
    *failure = (struct failure)FAILURE_INIT;
    failure->secrets = secrets;
}

void failure_done(struct failure *failure)
{
    json_object_put(failure->details);
    failure->details = NULL;
}
