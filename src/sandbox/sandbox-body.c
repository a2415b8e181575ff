#include "sandbox-body.h"

#include <limits.h>
#include <string.h>

#include "sandbox-helpers.h"

/* Checks the characters, not the grammar: what remains is for json-c. Counts the members, to find duplicates.
 */
static int scan(const char *data, size_t size, size_t *ret_members, const char **ret_problem)
{
    bool in_string = false;
    size_t members = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];

        if (in_string) {
            if (c < 0x20) {
                *ret_problem = "The body has a control character in a string.";
                return -EBADMSG;
            }
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == ':')
            members++;
        else if (!c || !strchr(" \t\r\n{}[],0123456789+-.eEtrufalsn", c)) {
            *ret_problem = "The body has a character that JSON does not allow outside of strings.";
            return -EBADMSG;
        }
    }
    *ret_members = members;
    return 0;
}

static size_t count_members(json_object *value)
{
    size_t n = 0;

    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            n += 1 + count_members(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            n += count_members(json_object_array_get_idx(value, i));
    }
    return n;
}

int sandbox_body_parse(const char *data, size_t size, json_object **ret, const char **ret_problem)
{
    _cleanup_json_ json_object *value = NULL;
    json_tokener *tokener;
    enum json_tokener_error error;
    size_t members;
    int r;

    if (size > BODY_LIMIT) {
        *ret_problem = "The body is larger than 64 KiB.";
        return -EBADMSG;
    }
    r = scan(data, size, &members, ret_problem);
    if (r < 0)
        return r;
    tokener = json_tokener_new();
    if (!tokener)
        return -ENOMEM;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    value = json_tokener_parse_ex(tokener, data, (int)size);
    error = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    if (error != json_tokener_success) {
        *ret_problem = "The body is not JSON.";
        return -EBADMSG;
    }
    if (!json_object_is_type(value, json_type_object)) {
        *ret_problem = "The body is not a JSON object.";
        return -EBADMSG;
    }
    if (count_members(value) != members) {
        *ret_problem = "The body has a key twice.";
        return -EBADMSG;
    }
    *ret = TAKE_PTR(value);
    return 0;
}
