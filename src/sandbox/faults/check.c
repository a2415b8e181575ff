#include "sandbox/faults/check.h"

#include "common/memory.h"
#include "sandbox/base/region.h"
#include "sandbox/faults/words.h"

#include <errno.h>

#define DELAY_LIMIT 86400

static const struct {
    const char *name;
    unsigned places;
} endpoints[] = {
    { "contexts", PLACE_HTTP },
    { "activations", PLACE_HTTP },
    { "status", PLACE_HTTP },
    { "refresh", PLACE_HTTP },
    { "delete", PLACE_HTTP },
    { "cacerts", PLACE_HTTP | PLACE_EST },
    { "csrattrs", PLACE_HTTP | PLACE_EST },
    { "simpleenroll", PLACE_HTTP | PLACE_EST },
    { "simplereenroll", PLACE_HTTP | PLACE_EST },
    { "serverkeygen", PLACE_HTTP | PLACE_EST },
    { "est", PLACE_HTTP | PLACE_EST },
    { "all", PLACE_HTTP },
    { "tls", PLACE_TLS },
};

unsigned fault_places(const char *endpoint)
{
    if (strncmp(endpoint, "tls:", 4) == 0)
        return host_find(endpoint + 4) ? PLACE_TLS : 0;
    for (size_t i = 0; i < ELEMENTS(endpoints); i++)
        if (streq(endpoints[i].name, endpoint))
            return endpoints[i].places;
    return 0;
}

const char *fault_endpoint_at(size_t i)
{
    return i < ELEMENTS(endpoints) ? endpoints[i].name : NULL;
}

static bool is_number(const char *text, double minimum, double maximum, bool whole)
{
    double value;
    char *end;

    if (text[0] == '\0' || strspn(text, whole ? "0123456789" : "0123456789.") != strlen(text))
        return false;
    value = strtod(text, &end);
    return *end == '\0' && value >= minimum && value <= maximum;
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

static const char *check_value(const struct fault_kind *kind, const char *value)
{
    if (kind->value != VALUE_NONE && !value)
        return "this kind of fault needs a value";
    switch (kind->value) {
    case VALUE_NONE:
        return value ? "this kind of fault takes no value" : NULL;
    case VALUE_STATUS:
        return is_number(value, 200, 599, true) ? NULL : "the value must be an HTTP status from 200 to 599";
    case VALUE_SECONDS:
        return is_number(value, 0, DELAY_LIMIT, false) ? NULL
                                                       : "the value must be a number of seconds up to 86400";
    case VALUE_OFFSET:
        return is_number(value + strspn(value, "+-"), 0, 1e10, true) && strspn(value, "+-") <= 1
                   ? NULL
                   : "the value must be a number of seconds, with or without a sign";
    case VALUE_TEXT:
        return *value && is_printable(value) ? NULL : "the value must be printable ASCII text";
    case VALUE_WORD:
        return fault_has_words(kind, value, 1)
                   ? NULL
                   : "the value must be one of its words, see trsandbox fault --help";
    case VALUE_LIST:
        return fault_has_words(kind, value, WORD_LIMIT)
                   ? NULL
                   : "the value must be some of its words with commas between, see trsandbox fault --help";
    }
    return NULL;
}

static const char *check_place(const struct fault_kind *kind, const char *endpoint)
{
    unsigned places = fault_places(endpoint);

    if (kind->places & places)
        return NULL;
    if (places & PLACE_TLS)
        return "this kind of fault cannot be set on tls";
    return kind->places & PLACE_TLS ? "this kind of fault can be set on tls only"
                                    : "this kind of fault can be set on calls of EST only";
}

int fault_check(const struct fault *fault, const char **ret_problem)
{
    *ret_problem = check_value(fault->kind, fault->value);
    if (!*ret_problem)
        *ret_problem = check_place(fault->kind, fault->endpoint);
    if (*ret_problem)
        return -EINVAL;
    if ((fault->retry_after || fault->code) && fault->kind->value != VALUE_STATUS)
        *ret_problem = "--retry-after and --code go with status and echo only";
    else if ((fault->retry_after && !is_printable(fault->retry_after)) ||
             (fault->code && !is_printable(fault->code)))
        *ret_problem = "--retry-after and --code must be printable ASCII text";
    return *ret_problem ? -EINVAL : 0;
}
