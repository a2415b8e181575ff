#include "daemon/core/refusal.h"

#include "common/utf8.h"

#include <stdarg.h>
#include <stdio.h>

bool refusal_set(struct refusal *ret, enum reason reason, const char *format, ...)
{
    va_list arguments;

    ret->reason = reason;
    *ret->remedy = 0;
    va_start(arguments, format);
    vsnprintf(ret->message, sizeof(ret->message), format, arguments);
    va_end(arguments);
    utf8_trim(ret->message);
    return false;
}
