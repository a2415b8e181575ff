/*
 * Strict JSON on json-c. json_parse() takes only what RFC 8259 allows, and neither duplicate keys nor NUL characters, so
 * that a text means the same to every reader: json-c's strict mode takes more, and that of json-c 0.18 is unusable. The
 * getters return pointers into the object, which live as long as it does.
 */
#pragma once

#include "common/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_DEPTH_MAX = 16,
};

/* Parses one complete object of at most JSON_DEPTH_MAX levels; the caller frees. Returns 0, -EBADMSG if the text is anything
 * else, or -ENOMEM. */
int json_parse(const char *text, size_t size, json_object **ret);

/* Like json_parse(), but also rejects more than `values` values (objects and arrays count). Bounds memory and time: json-c
 * spends 800 bytes on an empty object, and as long on a number as on a hundred bytes of text. */
int json_parse_limited(const char *text, size_t size, size_t values, json_object **ret);

/* Like json_parse_limited(), for foreign answers: accepts a number that can't be held, and reads it as the
 * nearest value or as infinity, which is outside of every range. */
int json_parse_answer(const char *text, size_t size, size_t values, json_object **ret);

/* Returns the text of a member that is a string, else NULL; json_get_text() an empty text. */
const char *json_get_string(json_object *object, const char *key);
const char *json_get_text(json_object *object, const char *key);

/* Returns a member that is an integer, else the fallback. */
int64_t json_get_int(json_object *object, const char *key, int64_t fallback);

/* Returns a member that is a boolean, else the fallback. */
bool json_get_bool(json_object *object, const char *key, bool fallback);

/* Returns a member that is an object, else NULL. */
json_object *json_get_object(json_object *object, const char *key);

/* Returns a member that is an array, else NULL. */
json_object *json_get_array(json_object *object, const char *key);

/* Add a member; NULL as the value adds nothing. Return 0 or -ENOMEM, also if the object is NULL, so that a new object needs
 * no check of its own. json_add() takes over the value. */
int json_add(json_object *object, const char *key, json_object *value);
int json_add_string(json_object *object, const char *key, const char *value);
int json_add_int(json_object *object, const char *key, int64_t value);
int json_add_bool(json_object *object, const char *key, bool value);

/* Returns the compact text of an object; borrowed, valid until the object changes. NULL without memory. */
const char *json_text(json_object *object, size_t *ret_size);

/* Overwrites a text of json_text() that is no longer needed. */
void json_erase_text(const char *text, size_t size);

/* Overwrites every string of an object and drops the reference. Nobody else may hold the object. Accepts NULL, returns
 * NULL. */
json_object *json_put_erased(json_object *object);

static inline void json_put_erasedp(json_object **object)
{
    json_put_erased(*object);
}

#define _cleanup_json_erase_ _cleanup_(json_put_erasedp)
