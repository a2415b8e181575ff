/*
 * Reads varlink IDL texts for tests, into JSON: {"name", "types", "errors", "methods"}. A type is an object
 * with a "kind": bool, int, float, string, object, name (with "name"), enum (with "choices"), struct (with
 * "fields", each with "optional", "array", "type"). A method has "in" and "out". What is malformed fails the
 * test. The caller frees the whole; all else is borrowed from it.
 */
#pragma once

#include <ctype.h>
#include <stdio.h>

#include "common/json.h"

struct idl_reader {
    const char *at;
    char token[64];
};

/* Takes the next token, a word or one character; an empty one at the end. */
static inline const char *idl_next(struct idl_reader *reader)
{
    size_t length = 1;

    for (; *reader->at; reader->at++) {
        if (*reader->at == '#')
            reader->at += strcspn(reader->at, "\n");
        if (!isspace((unsigned char)*reader->at))
            break;
    }
    if (isalnum((unsigned char)*reader->at))
        while (isalnum((unsigned char)reader->at[length]) || reader->at[length] == '_' ||
               reader->at[length] == '.')
            length++;
    if (!*reader->at)
        length = 0;
    snprintf(reader->token, sizeof(reader->token), "%.*s", (int)length, reader->at);
    reader->at += length;
    return reader->token;
}

static inline bool idl_accept(struct idl_reader *reader, const char *token)
{
    struct idl_reader before = *reader;

    if (streq(idl_next(reader), token))
        return true;
    *reader = before;
    return false;
}

static inline void idl_expect(struct idl_reader *reader, const char *token)
{
    assert_string_equal(idl_next(reader), token);
}

static inline json_object *idl_kind(const char *kind)
{
    json_object *type = json_object_new_object();

    assert_int_equal(json_add_string(type, "kind", kind), 0);
    return type;
}

static inline json_object *idl_type(struct idl_reader *reader);

/* Behind the "(": fields with types, or bare choices. */
static inline json_object *idl_composite(struct idl_reader *reader)
{
    json_object *fields = json_object_new_object(), *choices = json_object_new_array();

    while (!idl_accept(reader, ")")) {
        char name[64];

        if (json_object_object_length(fields) + (int)json_object_array_length(choices) > 0)
            idl_expect(reader, ",");
        snprintf(name, sizeof(name), "%s", idl_next(reader));
        assert_true(isalpha((unsigned char)name[0]));
        assert_null(json_object_object_get(fields, name));
        if (!idl_accept(reader, ":")) {
            json_object_array_add(choices, json_object_new_string(name));
            continue;
        }
        json_object *field = json_object_new_object();
        json_add_bool(field, "optional", idl_accept(reader, "?"));
        bool array = idl_accept(reader, "[");
        if (array)
            idl_expect(reader, "]");
        json_add_bool(field, "array", array);
        json_add(field, "type", idl_type(reader));
        json_add(fields, name, field);
    }
    bool is_enum = json_object_array_length(choices) > 0;
    assert_true(!is_enum || json_object_object_length(fields) == 0);
    json_object *type = idl_kind(is_enum ? "enum" : "struct");
    json_add(type, is_enum ? "choices" : "fields", is_enum ? choices : fields);
    json_object_put(is_enum ? fields : choices);
    return type;
}

static inline json_object *idl_type(struct idl_reader *reader)
{
    static const char *const words[] = { "bool", "int", "float", "string", "object" };
    const char *token = idl_next(reader);

    if (streq(token, "("))
        return idl_composite(reader);
    for (size_t i = 0; i < ELEMENTS(words); i++)
        if (streq(token, words[i]))
            return idl_kind(token);
    assert_true(isupper((unsigned char)token[0]));
    json_object *type = idl_kind("name");
    json_add_string(type, "name", token);
    return type;
}

static inline json_object *idl_parse(const char *text)
{
    struct idl_reader reader = { .at = text };
    json_object *idl = json_object_new_object(), *types = json_object_new_object();
    json_object *errors = json_object_new_object(), *methods = json_object_new_object();
    char name[64];

    json_add(idl, "types", types);
    json_add(idl, "errors", errors);
    json_add(idl, "methods", methods);
    idl_expect(&reader, "interface");
    json_add_string(idl, "name", idl_next(&reader));
    while (*idl_next(&reader)) {
        bool is_type = streq(reader.token, "type"), is_method = streq(reader.token, "method");

        assert_true(is_type || is_method || streq(reader.token, "error"));
        snprintf(name, sizeof(name), "%s", idl_next(&reader));
        json_object *place = is_type ? types : is_method ? methods : errors;
        assert_null(json_object_object_get(place, name));
        json_object *value = idl_type(&reader);
        if (is_method) {
            json_object *method = json_object_new_object();
            json_add(method, "in", value);
            idl_expect(&reader, "-");
            idl_expect(&reader, ">");
            json_add(method, "out", idl_type(&reader));
            value = method;
        }
        json_add(place, name, value);
    }
    return idl;
}

/* The type itself behind a name. */
static inline json_object *idl_resolve(json_object *idl, json_object *type)
{
    while (streq(json_get_string(type, "kind"), "name")) {
        type = json_get_object(json_get_object(idl, "types"), json_get_string(type, "name"));
        assert_non_null(type);
    }
    return type;
}

static inline json_object *idl_type_of(json_object *idl, const char *name)
{
    return json_get_object(json_get_object(idl, "types"), name);
}

static inline bool idl_has_choice(json_object *type, const char *text)
{
    json_object *choices = json_get_array(type, "choices");

    for (size_t i = 0; i < json_object_array_length(choices); i++)
        if (streq(json_object_get_string(json_object_array_get_idx(choices, i)), text))
            return true;
    return false;
}

static inline void idl_check_value(json_object *idl, json_object *type, json_object *value);

/* Fails the test unless the object has the fields of the type, all that are not optional and no others. */
static inline void idl_check_struct(json_object *idl, json_object *type, json_object *object)
{
    json_object *fields = json_get_object(type, "fields");

    assert_true(json_object_is_type(object, json_type_object));
    json_object_object_foreach(object, key, value)
    {
        json_object *field = json_get_object(fields, key);

        if (!field)
            fail_msg("there is no field %s", key);
        /* Absent and null are the same. */
        if (!value && json_get_bool(field, "optional", false))
            continue;
        if (!json_get_bool(field, "array", false)) {
            idl_check_value(idl, json_get_object(field, "type"), value);
            continue;
        }
        assert_true(json_object_is_type(value, json_type_array));
        for (size_t i = 0; i < json_object_array_length(value); i++)
            idl_check_value(idl, json_get_object(field, "type"), json_object_array_get_idx(value, i));
    }
    json_object_object_foreach(fields, name, field)
    {
        if (!json_get_bool(field, "optional", false) && !json_object_object_get(object, name))
            fail_msg("the field %s is missing", name);
    }
}

/* Fails the test unless the value is of the type. */
static inline void idl_check_value(json_object *idl, json_object *type, json_object *value)
{
    type = idl_resolve(idl, type);
    const char *kind = json_get_string(type, "kind");

    if (streq(kind, "struct"))
        idl_check_struct(idl, type, value);
    else if (streq(kind, "enum")) {
        assert_true(json_object_is_type(value, json_type_string));
        assert_true(idl_has_choice(type, json_object_get_string(value)));
    } else
        assert_true(json_object_is_type(value, streq(kind, "bool")  ? json_type_boolean
                                               : streq(kind, "int") ? json_type_int
                                                                    : json_type_string));
}
