/* Strict JSON: what passes is UTF-8, has no NUL in a string, and means the same when it is written again. */
#include "fuzz/fuzz.h"

static void check_strings(json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        const char *text = json_object_get_string(value);
        size_t size = (size_t)json_object_get_string_len(value), length;

        REQUIRE(strlen(text) == size);
        for (size_t i = 0; i < size; i += length)
            REQUIRE((length = utf8_sequence(text + i, size - i)) > 0);
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            check_strings(member);
        }
    } else if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            check_strings(json_object_array_get_idx(value, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_object *object = NULL;

    if (json_parse((const char *)data, size, &object) < 0) {
        REQUIRE(!object);
        return 0;
    }
    REQUIRE(json_object_is_type(object, json_type_object));
    check_strings(object);
    require_readable(object);
    json_put_erased(object);
    return 0;
}
