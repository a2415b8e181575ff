#include "worker/http/header.h"

#include "common/limits.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool header_date(const char *value, time_t *ret)
{
    /* curl_getdate also takes much that isn't a date, such as a bare number. */
    if (!isalpha((unsigned char)*value))
        return false;
    time_t t = curl_getdate(value, NULL);
    if (t == -1)
        return false;
    *ret = t;
    return true;
}

int64_t header_retry_after(const char *value, time_t now)
{
    int64_t seconds = 0;
    time_t then;

    if (isdigit((unsigned char)*value)) {
        for (; isdigit((unsigned char)*value); value++)
            if (seconds <= LIMIT_RETRY_AFTER)
                seconds = seconds * 10 + (*value - '0');
        if (*value == 's')
            value++;
        if (*value != 0)
            return -1;
    } else if (header_date(value, &then))
        seconds = (int64_t)then - (int64_t)now;
    else
        return -1;

    if (seconds < 0)
        return 0;
    return seconds > LIMIT_RETRY_AFTER ? LIMIT_RETRY_AFTER : seconds;
}

bool header_value(const char *line, size_t line_size, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);

    if (line_size <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
        return false;

    const char *begin = line + length + 1, *end = line + line_size;
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    length = (size_t)(end - begin);
    if (length >= size)
        length = size - 1;
    memcpy(out, begin, length);
    out[length] = 0;
    return true;
}
