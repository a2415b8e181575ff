#include "common/json.h"

#include "common/json-scan.h"

#include <errno.h>
#include <json-c/printbuf.h>
#include <limits.h>

enum {
    JSON_C_0_18 = 18 << 8, /* as json_c_version_num() returns it */
};

static size_t count_members(json_object *value)
{
    size_t n = 0;

    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            n += 1 + count_members(member);
        }
    } else if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            n += count_members(json_object_array_get_idx(value, i));

    return n;
}

/* The strict mode of json-c 0.18 refuses every character beyond ASCII in a string. json_scan() alone already refuses all that the
 * strict mode and its validation of UTF-8 refuse. */
static int tokener_flags(void)
{
    return json_c_version_num() == JSON_C_0_18 ? 0 : JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8;
}

/* Makes room at once. A buffer that grows step by step leaves the beginning of what it held behind, secrets included, in
 * memory that json-c has freed. */
static int reserve_room(struct printbuf *buffer, size_t size)
{
    if (size >= INT_MAX || printbuf_memset(buffer, 0, 0, (int)size + 1) < 0)
        return -ENOMEM;
    printbuf_reset(buffer);
    return 0;
}

static void erase_strings(json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        /* json-c has no call to overwrite a string in place, so cast: the object owns it. */
        char *storage = (char *)(uintptr_t)json_object_get_string(value);
        explicit_bzero(storage, (size_t)json_object_get_string_len(value));
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            erase_strings(member);
        }
    } else if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            erase_strings(json_object_array_get_idx(value, i));
}

/* Frees a tokener and erases the last string that it read and the unfinished value of a refused text, as both
 * may be secrets. */
static void free_tokener(struct json_tokener *tokener)
{
    explicit_bzero(tokener->pb->buf, (size_t)tokener->pb->size);
    for (int level = 0; level <= tokener->depth; level++)
        erase_strings(tokener->stack[level].current);
    json_tokener_free(tokener);
}

static int parse_text(const char *text, size_t size, size_t values, bool any_number, json_object **ret)
{
    _cleanup_json_erase_ json_object *object = NULL;
    size_t written;

    if (size == 0 || size > INT_MAX || json_scan(text, size, values, any_number, &written) < 0)
        return -EBADMSG;

    struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
    if (!tokener)
        return -ENOMEM;
    if (reserve_room(tokener->pb, size) < 0) {
        free_tokener(tokener);
        return -ENOMEM;
    }
    json_tokener_set_flags(tokener, tokener_flags());
    errno = 0;
    object = json_tokener_parse_ex(tokener, text, (int)size);
    /* Out of memory, json-c drops members or calls the text malformed. */
    int refusal = errno == ENOMEM ? -ENOMEM : -EBADMSG;

    bool complete = json_tokener_get_error(tokener) == json_tokener_success;
    size_t end = json_tokener_get_parse_end(tokener);
    free_tokener(tokener);

    while (end < size && strchr(" \t\r\n", text[end]))
        end++;
    if (!complete || end < size)
        return refusal;
    if (!json_object_is_type(object, json_type_object) || count_members(object) != written)
        return refusal;

    *ret = TAKE_PTR(object);
    return 0;
}

int json_parse(const char *text, size_t size, json_object **ret)
{
    return parse_text(text, size, SIZE_MAX, false, ret);
}

int json_parse_limited(const char *text, size_t size, size_t values, json_object **ret)
{
    return parse_text(text, size, values, false, ret);
}

int json_parse_answer(const char *text, size_t size, size_t values, json_object **ret)
{
    return parse_text(text, size, values, true, ret);
}

static json_object *get_member(json_object *object, const char *key, json_type type)
{
    json_object *value;

    if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, type))
        return NULL;
    return value;
}

const char *json_get_string(json_object *object, const char *key)
{
    json_object *value = get_member(object, key, json_type_string);

    return value ? json_object_get_string(value) : NULL;
}

const char *json_get_text(json_object *object, const char *key)
{
    const char *text = json_get_string(object, key);

    return text ? text : "";
}

int64_t json_get_int(json_object *object, const char *key, int64_t fallback)
{
    json_object *value = get_member(object, key, json_type_int);

    return value ? json_object_get_int64(value) : fallback;
}

bool json_get_bool(json_object *object, const char *key, bool fallback)
{
    json_object *value = get_member(object, key, json_type_boolean);

    return value ? json_object_get_boolean(value) : fallback;
}

json_object *json_get_object(json_object *object, const char *key)
{
    return get_member(object, key, json_type_object);
}

json_object *json_get_array(json_object *object, const char *key)
{
    return get_member(object, key, json_type_array);
}

int json_add(json_object *object, const char *key, json_object *value)
{
    if (!value)
        return 0;
    if (!object || json_object_object_add(object, key, value) < 0) {
        json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int add_value(json_object *object, const char *key, json_object *value)
{
    return value ? json_add(object, key, value) : -ENOMEM;
}

int json_add_string(json_object *object, const char *key, const char *value)
{
    return value ? add_value(object, key, json_object_new_string(value)) : 0;
}

int json_add_int(json_object *object, const char *key, int64_t value)
{
    return add_value(object, key, json_object_new_int64(value));
}

int json_add_bool(json_object *object, const char *key, bool value)
{
    return add_value(object, key, json_object_new_boolean(value));
}

/* Returns the length of a string as JSON: with quotes and the escapes of json-c. */
static size_t string_size(const char *text, size_t length)
{
    size_t size = 2 + length;

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20)
            size += 5;
        else if (text[i] == '"' || text[i] == '\\')
            size++;
    return size;
}

/* Returns an upper bound of the length of a value as JSON. */
static size_t text_size(json_object *value)
{
    size_t size = 32; /* any number and literal, and the brackets */

    if (json_object_is_type(value, json_type_string))
        return string_size(json_object_get_string(value), (size_t)json_object_get_string_len(value));
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            size += string_size(key, strlen(key)) + 2 + text_size(member);
        }
    } else if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            size += 1 + text_size(json_object_array_get_idx(value, i));
    return size;
}

/* A serializer that writes nothing but makes room for the text in the object's buffer, which then needn't grow and leave
 * copies of secrets behind. */
static int reserve_text(json_object *object, struct printbuf *buffer, int level, int flags)
{
    (void)level, (void)flags;
    return reserve_room(buffer, text_size(object));
}

const char *json_text(json_object *object, size_t *ret_size)
{
    if (object) {
        json_object_set_serializer(object, reserve_text, NULL, NULL);
        bool room = json_object_to_json_string_ext(object, 0);
        json_object_set_serializer(object, NULL, NULL, NULL);
        if (!room)
            return NULL;
    }
    return json_object_to_json_string_length(
        object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, ret_size);
}

void json_erase_text(const char *text, size_t size)
{
    /* The text is in a buffer of the object, which only the next json_text() uses. */
    explicit_bzero((char *)(uintptr_t)text, size);
}

json_object *json_put_erased(json_object *object)
{
    if (!object)
        return NULL;

    erase_strings(object);
    json_object_put(object);
    return NULL;
}
