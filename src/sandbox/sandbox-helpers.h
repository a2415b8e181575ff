#pragma once

/* Ownership by cleanup attributes and other one-liners that every file of the sandbox needs. The sandbox
 * shares no code with the agent: two independent implementations of the contract check each other. */

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

#define TAKE_PTR(p)                                                                                          \
    ({                                                                                                       \
        __typeof__(p) *take_ = &(p);                                                                         \
        __typeof__(p) taken_ = *take_;                                                                       \
        *take_ = NULL;                                                                                       \
        taken_;                                                                                              \
    })

static inline void free_p(void *p)
{
    free(*(void **)p);
}

static inline void close_p(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void json_put_p(json_object **object)
{
    json_object_put(*object);
}

#define _cleanup_free_ _cleanup_(free_p)
#define _cleanup_close_ _cleanup_(close_p)
#define _cleanup_json_ _cleanup_(json_put_p)

/* Adds a member and takes the value over, whatever happens; a NULL value means no memory. */
static inline int json_add(json_object *object, const char *key, json_object *value)
{
    if (!value)
        return -ENOMEM;
    if (json_object_object_add(object, key, value) < 0) {
        json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static inline int json_add_string(json_object *object, const char *key, const char *value)
{
    return json_add(object, key, json_object_new_string(value));
}

static inline int json_add_int(json_object *object, const char *key, int64_t value)
{
    return json_add(object, key, json_object_new_int64(value));
}

/* Borrowed member of that type, or NULL when it is missing or of another type. */
static inline json_object *json_member(json_object *object, const char *key, json_type type)
{
    json_object *value;

    if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, type))
        return NULL;
    return value;
}

/* Borrowed string, or NULL. */
static inline const char *json_string(json_object *object, const char *key)
{
    json_object *value = json_member(object, key, json_type_string);

    return value ? json_object_get_string(value) : NULL;
}

/* The number, or the fallback. */
static inline int64_t json_int(json_object *object, const char *key, int64_t fallback)
{
    json_object *value = json_member(object, key, json_type_int);

    return value ? json_object_get_int64(value) : fallback;
}
