/*
 * Values that follow an interface description, made of the bytes of the input, and checks of values against it. Where the
 * input ends every choice is the first one, which is the plain and right one.
 */
#pragma once

#include <time.h>

#include "fuzz/fuzz.h"

/* The reader of the descriptions is that of the unit tests; here what does not fit ends the process. */
#define assert_true(condition) REQUIRE(condition)
#define assert_null(pointer) REQUIRE(!(pointer))
#define assert_non_null(pointer) REQUIRE(pointer)
#define assert_int_equal(a, b) REQUIRE((a) == (b))
#define assert_string_equal(a, b) REQUIRE(streq(a, b))
#define fail_msg(format, ...)                                                                                \
    do {                                                                                                     \
        fprintf(stderr, "broken: " format "\n", __VA_ARGS__);                                                \
        abort();                                                                                             \
    } while (0)

#include "unit/helpers/idl-text.h"

/* The input that is not used yet. */
struct input {
    const uint8_t *at, *end;
};

/* One of n choices, at most 256. */
static inline size_t choose(struct input *input, size_t n)
{
    return input->at < input->end ? *input->at++ % n : 0;
}

/* True for one byte of n: what is not usual. */
static inline bool seldom(struct input *input, size_t n)
{
    return choose(input, n) == n - 1;
}

struct maker {
    struct input *input;
    json_object *idl;
    json_object *words; /* array of texts that mean something */
    const char *field;  /* for which a value is made */
    bool wrong;         /* what was made since this was false does not follow the description */
};

/* A word, or a text whose length is at the edge of something. */
static inline json_object *make_string(struct maker *maker)
{
    static const char *const texts[] = {
        "",
        " ",
        "COMMIT\n",
        "\x7f",
        "\xc3\xbc",
        "\"\\/",
        "\xf0\x9f\x98\x80",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    };
    static const int lengths[] = { 1, 15, 16, 64, 65, 128, 129, 256, 257, 512, 513, 1024, 1025, 4096, 4097,
        16384, 16385, 65536 };
    static const char *const usual[][2] = {
        { "status", "Enrolled" },
        { "token", "0123456789-abcdefghijklmnopq_.TOKEN" },
        { "url", "https://est.example/.well-known/est" },
    };
    size_t words = json_object_array_length(maker->words);
    size_t n = choose(maker->input, words + ELEMENTS(texts) + ELEMENTS(lengths));
    _cleanup_free_ char *text = NULL;

    for (size_t i = 0; n == 0 && i < ELEMENTS(usual); i++)
        if (streq(maker->field, usual[i][0]))
            return json_object_new_string(usual[i][1]);
    if (n < words)
        return json_object_get(json_object_array_get_idx(maker->words, n));
    n -= words;
    if (n < ELEMENTS(texts))
        return json_object_new_string(texts[n]);
    int length = lengths[n - ELEMENTS(texts)];
    REQUIRE((text = malloc((size_t)length)));
    memset(text, 'a' + (int)choose(maker->input, 26), (size_t)length);
    return json_object_new_string_len(text, length);
}

static inline json_object *make_int(struct maker *maker)
{
    static const int64_t values[] = { 1200, 0, 1, -1, 60, 401, 404, 410, 503, 999, 1000, 86400, 86401,
        2592000, 2592001, INT32_MAX, UINT32_MAX, INT64_C(9007199254740991), INT64_C(253402300799),
        INT64_C(253402300800), INT64_MAX, INT64_MIN };
    static const int64_t ago[] = { 1, 60, 0, -60, -2592000 };
    size_t n = choose(maker->input, ELEMENTS(values) + ELEMENTS(ago));

    if (n == 0 && streq(maker->field, "notBefore"))
        n = ELEMENTS(values);
    if (n == 0 && streq(maker->field, "notAfter"))
        n = ELEMENTS(values) + ELEMENTS(ago) - 1;
    if (n < ELEMENTS(values))
        return json_object_new_int64(values[n]);
    return json_object_new_int64((int64_t)time(NULL) - ago[n - ELEMENTS(values)]);
}

/* A value of another type than one that is written as the JSON type. */
static inline json_object *make_wrong(struct maker *maker, json_type type)
{
    static const json_type types[] = { json_type_null, json_type_boolean, json_type_int, json_type_double,
        json_type_string, json_type_array, json_type_object };
    json_type other = types[choose(maker->input, ELEMENTS(types))];

    maker->wrong = true;
    if (other == type)
        other = type == json_type_int ? json_type_string : json_type_int;
    switch (other) {
    case json_type_null:
        return NULL;
    case json_type_boolean:
        return json_object_new_boolean(true);
    case json_type_int:
        return make_int(maker);
    case json_type_double:
        return json_object_new_double(0.5);
    case json_type_string:
        return make_string(maker);
    case json_type_array:
        return json_object_new_array();
    case json_type_object:
        break;
    }
    return json_object_new_object();
}

static inline json_object *make_value(struct maker *maker, json_object *type);

/* The elements of a long array are all the same. */
static inline json_object *make_array(struct maker *maker, json_object *type)
{
    static const size_t lengths[] = { 1, 0, 2, 3, 32, 256, 257 };
    json_object *array = json_object_new_array(), *element = NULL;

    for (size_t i = 0, n = lengths[choose(maker->input, ELEMENTS(lengths))]; i < n; i++) {
        element = i < 3 ? make_value(maker, type) : json_object_get(element);
        json_object_array_add(array, element);
    }
    return array;
}

/* What stands in a field, an absent optional field as null. */
static inline json_object *make_field(struct maker *maker, json_object *field)
{
    bool optional = json_get_bool(field, "optional", false), before = maker->wrong;
    json_object *type = json_get_object(field, "type"), *value = NULL;

    if (optional && seldom(maker->input, 16))
        return NULL;
    if (!json_get_bool(field, "array", false))
        value = make_value(maker, type);
    else if (seldom(maker->input, 24))
        value = make_wrong(maker, json_type_array);
    else
        value = make_array(maker, type);
    if (optional && !value)
        maker->wrong = before;
    return value;
}

static inline json_object *make_struct(struct maker *maker, json_object *type)
{
    json_object *object = json_object_new_object();

    json_object_object_foreach(json_get_object(type, "fields"), name, field)
    {
        bool optional = json_get_bool(field, "optional", false);

        maker->field = name;
        if (!seldom(maker->input, optional ? 3 : 48))
            json_object_object_add(object, name, make_field(maker, field));
        else if (!optional)
            maker->wrong = true;
    }
    if (seldom(maker->input, 48)) {
        maker->field = "unknown";
        json_object_object_add(object, "unknown", make_string(maker));
        maker->wrong = true;
    }
    return object;
}

static inline json_object *make_enum(struct maker *maker, json_object *type)
{
    json_object *choices = json_get_array(type, "choices");
    size_t n = choose(maker->input, json_object_array_length(choices) + 1);
    json_object *value = NULL;

    if (n < json_object_array_length(choices))
        return json_object_get(json_object_array_get_idx(choices, n));
    value = make_string(maker);
    maker->wrong |= !idl_has_choice(type, json_object_get_string(value));
    return value;
}

/* A value of the type, or sometimes of another one. */
static inline json_object *make_value(struct maker *maker, json_object *type)
{
    type = idl_resolve(maker->idl, type);
    const char *kind = json_get_string(type, "kind");
    bool wrong = seldom(maker->input, 48);

    if (streq(kind, "struct"))
        return wrong ? make_wrong(maker, json_type_object) : make_struct(maker, type);
    if (streq(kind, "bool"))
        return wrong ? make_wrong(maker, json_type_boolean)
                     : json_object_new_boolean(choose(maker->input, 2) == 0);
    if (streq(kind, "int"))
        return wrong ? make_wrong(maker, json_type_int) : make_int(maker);
    if (wrong)
        return make_wrong(maker, json_type_string);
    return streq(kind, "enum") ? make_enum(maker, type) : make_string(maker);
}

static inline json_object *idl_method(json_object *idl, const char *name, const char *direction)
{
    return json_get_object(json_get_object(json_get_object(idl, "methods"), name), direction);
}

/* The member of a full name, if it belongs to the interface, else NULL. */
static inline const char *idl_member(json_object *idl, const char *name)
{
    const char *interface = json_get_string(idl, "name");
    size_t length = strlen(interface);

    return strncmp(name, interface, length) == 0 && name[length] == '.' ? name + length + 1 : NULL;
}
