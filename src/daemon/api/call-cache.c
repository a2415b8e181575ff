#include "daemon/api/call-cache.h"

/* Chooses the place of a text by its length: the names of methods differ in length. */
static size_t choose_place(size_t size)
{
    return size % CALL_CACHE_CALLS;
}

const struct cached_call *call_cache_find(const struct call_cache *cache, const char *text, size_t size)
{
    const struct cached_call *place = &cache->calls[choose_place(size)];

    return place->method && place->size == size && memcmp(place->text, text, size) == 0 ? place : NULL;
}

static void forget_call(struct cached_call *place)
{
    free((char *)(uintptr_t)place->call.method);
    *place = (struct cached_call){ 0 };
}

void call_cache_keep(struct call_cache *cache, const char *text, size_t size, const struct varlink_call *call,
    const struct service_method *method)
{
    struct cached_call *place = &cache->calls[choose_place(size)];

    if (size > CALL_CACHE_SIZE_MAX || (call->parameters && json_object_object_length(call->parameters) > 0))
        return;

    forget_call(place);
    place->call = *call;
    place->call.parameters = place->call.message = NULL;
    place->call.method = strdup(call->method);
    if (!place->call.method)
        return;
    place->method = method;
    place->size = size;
    memcpy(place->text, text, size);
}

void call_cache_done(struct call_cache *cache)
{
    for (size_t i = 0; i < CALL_CACHE_CALLS; i++)
        forget_call(&cache->calls[i]);
}
