/*
 * Answers the call Recognise on standard input with each line of the text as it is, in parts like those of the worker. The
 * floor of the recognition: the same bytes come in, as many items go out, and nothing is recognised.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INPUT_SIZE_MAX = 1 << 20,
    PART_ITEMS_MAX = 200,
};

static void send_items(json_object *items, int last)
{
    json_object *message = json_object_new_object(), *parameters = json_object_new_object();
    size_t size;

    json_object_object_add(parameters, "items", items);
    json_object_object_add(message, "parameters", parameters);
    if (!last)
        json_object_object_add(message, "continues", json_object_new_boolean(1));
    const char *text = json_object_to_json_string_length(message, JSON_C_TO_STRING_PLAIN, &size);
    fwrite(text, 1, size + 1, stdout);
    json_object_put(message);
}

static json_object *make_item(int line, const char *text, size_t size)
{
    json_object *item = json_object_new_object();

    json_object_object_add(item, "line", json_object_new_int(line));
    json_object_object_add(item, "input", json_object_new_string_len(text, (int)size));
    json_object_object_add(item, "type", json_object_new_string("domain"));
    json_object_object_add(item, "value", json_object_new_string_len(text, (int)size));
    return item;
}

int main(void)
{
    static char input[INPUT_SIZE_MAX];
    json_object *call, *parameters, *value;
    int line = 0;

    if (fread(input, 1, sizeof(input) - 1, stdin) == 0)
        return EXIT_FAILURE;
    call = json_tokener_parse(input);
    if (!json_object_object_get_ex(call, "parameters", &parameters) ||
        !json_object_object_get_ex(parameters, "text", &value))
        return EXIT_FAILURE;
    json_object *items = json_object_new_array();
    for (const char *text = json_object_get_string(value); *text;) {
        size_t size = strcspn(text, "\n");

        if (json_object_array_length(items) == PART_ITEMS_MAX) {
            send_items(items, 0);
            items = json_object_new_array();
        }
        json_object_array_add(items, make_item(++line, text, size));
        text += size + (text[size] == '\n');
    }
    send_items(items, 1);
    json_object_put(call);
    return EXIT_SUCCESS;
}
