#include "worker/call/failure.h"

#include "common/log.h"
#include "common/varlink.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int failure_set(struct failure *failure, enum reason reason, const char *format, ...)
{
    _cleanup_erase_ char *text = NULL;
    va_list arguments;

    failure->reason = reason;
    va_start(arguments, format);
    int n = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (n < 0) {
        text = NULL;
        return -ENOMEM;
    }
    secrets_redact(failure->secrets, text, failure->message, sizeof(failure->message));

    /* A cut must not leave half of a UTF-8 sequence behind. */
    if (strlen(failure->message) + 1 == sizeof(failure->message)) {
        char *end = failure->message + sizeof(failure->message) - 1;
        while (end > failure->message && (end[-1] & 0xc0) == 0x80)
            end--;
        if (end > failure->message && (end[-1] & 0x80))
            end--;
        *end = 0;
    }
    return -EREMOTEIO;
}

char *failure_quote(const struct failure *failure, const char *text, char *out, size_t size)
{
    /* Escaping makes nothing shorter, so what doesn't fit in here would not fit there. */
    char clean[512];

    secrets_redact(failure->secrets, text, clean, size < sizeof(clean) ? size : sizeof(clean));
    return escape_text(clean, out, size);
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
    if (*failure->region && json_add_string(fields, "region", failure->region) < 0)
        return NULL;
    if (json_add_string(fields, "keyType", failure->key_type) < 0)
        return NULL;
    return varlink_make_error("org.threatresponse.worker.Failed", TAKE_PTR(fields));
}
