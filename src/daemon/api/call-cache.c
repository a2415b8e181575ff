#include "daemon/api/call-cache.h"

/* The length says where a text is kept: the methods' names are of many lengths. */
static size_t place_of(size_t size)
{
    return size % RECENT_CALLS;
}

const struct recent_call *recent_find(const struct recent *recent, const char *text, size_t size)
{
    const struct recent_call *place = &recent->calls[place_of(size)];

    return place->method && place->size == size && memcmp(place->text, text, size) == 0 ? place : NULL;
}

static void forget(struct recent_call *place)
{
    free((char *)(uintptr_t)place->call.method);
    *place = (struct recent_call){ 0 };
}

void recent_keep(struct recent *recent, const char *text, size_t size, const struct varlink_call *call,
    const struct service_method *method)
{
    struct recent_call *place = &recent->calls[place_of(size)];

    if (size > RECENT_SIZE_MAX || (call->parameters && json_object_object_length(call->parameters) > 0))
        return;

    forget(place);
    place->call = *call;
    place->call.parameters = place->call.message = NULL;
    place->call.method = strdup(call->method);
    if (!place->call.method)
        return;
    place->method = method;
    place->size = size;
    memcpy(place->text, text, size);
}

void recent_done(struct recent *recent)
{
    for (size_t i = 0; i < RECENT_CALLS; i++)
        forget(&recent->calls[i]);
}
