#include "worker/sse/member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_TEXT_MAX = 32,
};

const char *member_text(json_object *object, const char *key, size_t max)
{
    const char *text = json_get_string(object, key);
    size_t length = text ? strlen(text) : 0;

    if (length == 0 || length > max)
        return NULL;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return NULL;
    return text;
}

void left_out_add(struct left_out *left_out, const char *path)
{
    size_t used = strlen(left_out->names);

    snprintf(left_out->names + used, sizeof(left_out->names) - used, "%s%s", used ? ", " : "", path);
}

const char *member_optional_text(
    json_object *object, const char *key, size_t max, const char *path, struct left_out *left_out)
{
    const char *text = member_text(object, key, max), *any = json_get_string(object, key);

    if (!text && json_object_object_get(object, key) && !(any && !*any))
        left_out_add(left_out, path);
    return text;
}

/* Reads a whole number by the grammar of JSON. */
static bool parse_number(const char *text, double *ret)
{
    char *end;

    if (!*text || strlen(text) > NUMBER_TEXT_MAX || text[strspn(text, "0123456789+-.eE")] != 0)
        return false;
    *ret = strtod(text, &end);
    return *end == 0;
}

bool member_optional_number(json_object *object, const char *key, int64_t min, int64_t max, const char *path,
    struct left_out *left_out, int64_t *ret)
{
    json_object *value = json_object_object_get(object, key);
    double number = -1;
    bool known = false;

    if (!value || (json_object_is_type(value, json_type_string) && json_object_get_string_len(value) == 0))
        return false;
    /* All limits are far below 2^53, so a double is exact. */
    if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double)) {
        number = json_object_get_double(value);
        known = true;
    } else if (json_object_is_type(value, json_type_string))
        known = parse_number(json_object_get_string(value), &number);
    if (!known || !(number >= (double)min && number <= (double)max) || number != (double)(int64_t)number) {
        left_out_add(left_out, path);
        return false;
    }
    *ret = (int64_t)number;
    return true;
}
