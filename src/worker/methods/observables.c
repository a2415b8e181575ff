#include "worker/methods/observables.h"

#include "common/utf8.h"
#include "worker/call/failure.h"
#include "worker/http/http.h"
#include "worker/methods/send.h"
#include "worker/observable/recognise.h"

#include <errno.h>
#include <stdio.h>

enum {
    PART_SIZE = 64 << 10,      /* a reply is sent when its texts have so many bytes as JSON */
    PART_ITEMS_MAX = 200,      /* no message may have more than VARLINK_REPLY_VALUES_MAX values */
    PART_SIZE_MAX = 256 << 10, /* bytes of one reply */
    INPUT_SHOWN_MAX = 256,     /* bytes shown of an item that is too long */
    ITEM_OVERHEAD = 160,       /* bytes for the names of its members */
};

/* The items that are not sent yet. */
struct items {
    int fd;
    json_object *array;
    size_t size;
};

static void items_done(struct items *items)
{
    json_object_put(items->array);
}

/* Returns the largest size of a text as JSON. */
static size_t json_size(const char *text, size_t length)
{
    size_t size = length;

    for (size_t i = 0; i < length; i++)
        size += (unsigned char)text[i] < 0x20 ? 5 : text[i] == '"' || text[i] == '\\';
    return size;
}

static json_object *make_parameters(struct items *items)
{
    json_object *parameters = json_object_new_object();

    if (!parameters || json_add(parameters, "items", TAKE_PTR(items->array)) < 0) {
        json_object_put(parameters);
        return NULL;
    }
    return parameters;
}

/* Sends the collected items as one of several replies. */
static int send_items(struct items *items)
{
    json_object *parameters = make_parameters(items);
    _cleanup_json_ json_object *message = parameters ? varlink_make_part(parameters) : NULL;

    items->size = 0;
    items->array = json_object_new_array();
    return message && items->array ? send_message(items->fd, message, PART_SIZE_MAX) : -ENOMEM;
}

static int add_notes(json_object *item, const struct observable *observable)
{
    json_object *notes = observable->n_notes > 0 ? json_object_new_array() : NULL;

    for (size_t i = 0; i < observable->n_notes; i++)
        if (!notes || json_object_array_add(notes, json_object_new_string(observable->notes[i])) < 0) {
            json_object_put(notes);
            return -ENOMEM;
        }
    return json_add(item, "notes", notes);
}

/* Adds the item as the text has it, or the beginning of a long item. */
static int add_input(json_object *item, const struct observable *observable)
{
    char text[OBSERVABLE_INPUT_MAX + 4];
    bool cut = observable->input_size > OBSERVABLE_INPUT_MAX;

    snprintf(
        text, sizeof(text), "%.*s", cut ? INPUT_SHOWN_MAX : (int)observable->input_size, observable->input);
    if (cut)
        memcpy(utf8_trim(text) + strlen(text), "...", 4);
    return json_add_string(item, "input", text);
}

static json_object *make_item(const struct observable *observable)
{
    _cleanup_json_ json_object *item = json_object_new_object();
    bool taken = observable->refusal == REFUSAL_NONE;

    if (!item || json_add_int(item, "line", observable->line) < 0 || add_input(item, observable) < 0)
        return NULL;
    if (taken &&
        (json_add_string(item, "type", observable_type_names[observable->type]) < 0 ||
            json_add_string(item, "value", observable->value) < 0 || add_notes(item, observable) < 0))
        return NULL;
    if (observable->first_line > 0 && json_add_int(item, "firstLine", observable->first_line) < 0)
        return NULL;
    if (!taken && (json_add_string(item, "refusal", observable_refusal_names[observable->refusal]) < 0 ||
                      json_add_string(item, "message", observable->message) < 0))
        return NULL;
    return TAKE_PTR(item);
}

static int report_observable(void *userdata, const struct observable *observable)
{
    struct items *items = userdata;
    size_t input_size =
        observable->input_size > OBSERVABLE_INPUT_MAX ? INPUT_SHOWN_MAX : observable->input_size;
    size_t size = ITEM_OVERHEAD + json_size(observable->input, input_size) + strlen(observable->value) +
                  strlen(observable->message) + observable->n_notes * OBSERVABLE_NOTE_SIZE;
    size_t n = json_object_array_length(items->array);
    int r = 0;

    if (n > 0 && (n == PART_ITEMS_MAX || items->size + size > PART_SIZE))
        r = send_items(items);
    if (r < 0)
        return r;
    items->size += size;
    json_object *item = make_item(observable);
    if (!item || json_object_array_add(items->array, item) < 0) {
        json_object_put(item);
        return -ENOMEM;
    }
    return 0;
}

static int reply_failure(json_object **ret_reply)
{
    struct failure failure = FAILURE_INIT;

    failure_set(&failure, REASON_WORKER_FAILED,
        "The public suffix list can't be read, by which domains are told from other words: install the "
        "package "
        "publicsuffix.");
    *ret_reply = failure_reply(&failure);
    failure_done(&failure);
    return *ret_reply ? 0 : -ENOMEM;
}

int method_recognise(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    _cleanup_(items_done) struct items items = { http_caller(userdata), json_object_new_array(), 0 };
    const char *text = json_get_string(call->parameters, "text");
    struct recogniser *recogniser;

    if (!items.array)
        return -ENOMEM;
    int r = recogniser_new(&recogniser);
    if (r == -ENOENT)
        return reply_failure(ret_reply);
    if (r < 0)
        return r;
    r = recognise_text(
        recogniser, text, strlen(text), json_get_int(call->parameters, "line", 1), report_observable, &items);
    recogniser_free(recogniser);
    if (r < 0)
        return r;
    json_object *parameters = make_parameters(&items);
    *ret_reply = parameters ? varlink_make_reply(parameters) : NULL;
    return *ret_reply ? 0 : -ENOMEM;
}
