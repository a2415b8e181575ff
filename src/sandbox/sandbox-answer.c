#include "sandbox-answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "json.h"

static void clear(struct answer *answer)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        free(answer->headers[i].value);
    answer->n_headers = 0;
    free(answer->body);
    answer->body = NULL;
    answer->size = 0;
}

void sandbox_answer_done(struct answer *answer)
{
    clear(answer);
}

int sandbox_answer_header(struct answer *answer, const char *name, const char *value)
{
    char *copy = strdup(value);

    if (!copy)
        return -ENOMEM;
    for (size_t i = 0; i < answer->n_headers; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0) {
            free(answer->headers[i].value);
            answer->headers[i].value = copy;
            return 0;
        }
    if (answer->n_headers == ANSWER_HEADERS) {
        free(copy);
        return -E2BIG;
    }
    answer->headers[answer->n_headers].name = name;
    answer->headers[answer->n_headers].value = copy;
    answer->n_headers++;
    return 0;
}

int sandbox_answer_set(
    struct answer *answer, unsigned status, const char *content_type, char *body, size_t size)
{
    clear(answer);
    answer->status = status;
    answer->body = body;
    answer->size = size;
    return content_type ? sandbox_answer_header(answer, "Content-Type", content_type) : 0;
}

int sandbox_answer_json(struct answer *answer, unsigned status, json_object *document, const char *reason)
{
    size_t size;
    const char *text;
    char *body;

    text = json_object_to_json_string_length(
        document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    if (!text)
        return -ENOMEM;
    body = strdup(text);
    if (!body)
        return -ENOMEM;
    snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
    return sandbox_answer_set(answer, status, "application/json", body, size);
}

int sandbox_answer_empty(struct answer *answer, unsigned status, const char *reason)
{
    snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
    return sandbox_answer_set(answer, status, NULL, NULL, 0);
}

int sandbox_answer_error(struct answer *answer, unsigned status, const char *code, const char *message)
{
    return sandbox_answer_error_region(answer, status, code, message, NULL);
}

int sandbox_answer_error_region(
    struct answer *answer, unsigned status, const char *code, const char *message, const char *region)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    json_object *error = json_object_new_object();
    int r;

    if (!document) {
        json_object_put(error);
        return -ENOMEM;
    }
    r = json_add(document, "error", error);
    if (r >= 0)
        r = json_add_string(error, "code", code);
    if (r >= 0)
        r = json_add_string(error, "message", message);
    if (r >= 0)
        r = json_add_string(error, "correlationId", answer->correlation ? answer->correlation : "");
    if (r >= 0 && region)
        r = json_add_string(error, "region", region);
    if (r < 0)
        return r;
    return sandbox_answer_json(answer, status, document, code);
}
