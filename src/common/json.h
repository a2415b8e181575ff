/*
 * Strict JSON on json-c. json-c's strict mode still takes single quotes, NaN, duplicate keys and NUL characters in
 * strings, and json-c 0.18 has no usable strict mode; json_parse refuses all that RFC 8259 does, and duplicate keys
 * and NUL, so that a text means the same to every reader.
 * The getters borrow from the object: what they return lives as long as the object does.
 */
#pragma once

#include "common/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_DEPTH_MAX = 16,
};

/* Parses one complete object of at most JSON_DEPTH_MAX levels. -EBADMSG if it is anything else, -ENOMEM. */
int json_parse(const char *text, size_t size, json_object **ret);

/* The same; -EBADMSG also if there are more values than so many, objects and arrays included: json-c takes 800 bytes for
 * {}, and as long for a number as for a hundred bytes of text. */
int json_parse_limited(const char *text, size_t size, size_t values, json_object **ret);

/* The text of a member that is a string, else NULL. */
const char *json_get_string(json_object *object, const char *key);

/* A member that is an integer, else the fallback. */
int64_t json_get_int(json_object *object, const char *key, int64_t fallback);

/* A member that is a boolean, else the fallback. */
bool json_get_bool(json_object *object, const char *key, bool fallback);

/* A member that is an object, else NULL. */
json_object *json_get_object(json_object *object, const char *key);

/* A member that is an array, else NULL. */
json_object *json_get_array(json_object *object, const char *key);

/* Add members; a value that is NULL adds nothing. 0 or -ENOMEM (if object is NULL, too: a row of calls needs
 * one check, of the object, at its end). json_add takes over the value. */
int json_add(json_object *object, const char *key, json_object *value);
int json_add_string(json_object *object, const char *key, const char *value);
int json_add_int(json_object *object, const char *key, int64_t value);
int json_add_bool(json_object *object, const char *key, bool value);

/* The compact text of an object; borrowed, valid until the object changes. NULL without memory. */
const char *json_text(json_object *object, size_t *ret_size);

/* Overwrites a text that json_text returned and that is not needed any more. */
void json_erase_text(const char *text, size_t size);

/* Overwrites every string of an object and drops the reference. Only for objects that nobody else holds.
 * Accepts NULL, returns NULL. */
json_object *json_put_erased(json_object *object);

static inline void json_put_erasedp(json_object **object)
{
    json_put_erased(*object);
}

#define _cleanup_json_erase_ _cleanup_(json_put_erasedp)
