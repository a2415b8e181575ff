#include "sandbox/web/answer.h"

#include "common/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static void clear(struct answer *answer)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        free(answer->headers[i].value);
    answer->n_headers = 0;
    free(answer->body);
    answer->body = NULL;
    answer->size = 0;
    answer->base64 = false;
}

void sandbox_answer_done(struct answer *answer)
{
    clear(answer);
}

void sandbox_answer_header_drop(struct answer *answer, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < answer->n_headers; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            free(answer->headers[i].value);
        else
            answer->headers[kept++] = answer->headers[i];
    answer->n_headers = kept;
}

const char *sandbox_answer_header_get(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    return NULL;
}

int sandbox_answer_header_add(struct answer *answer, const char *name, const char *value)
{
    char *copy;

    if (answer->n_headers == ANSWER_HEADERS)
        return -E2BIG;
    copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    answer->headers[answer->n_headers].name = name;
    answer->headers[answer->n_headers].value = copy;
    answer->n_headers++;
    return 0;
}

int sandbox_answer_header(struct answer *answer, const char *name, const char *value)
{
    sandbox_answer_header_drop(answer, name);
    return sandbox_answer_header_add(answer, name, value);
}

int sandbox_answer_body(struct answer *answer, const void *data, size_t size)
{
    char *copy = malloc(size + 1);

    if (!copy)
        return -ENOMEM;
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    free(answer->body);
    answer->body = copy;
    answer->size = size;
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

void sandbox_answer_date(int64_t offset, char *text, size_t size)
{
    time_t then = time(NULL) + offset;
    struct tm tm;

    if (!gmtime_r(&then, &tm) || strftime(text, size, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        *text = '\0';
}
