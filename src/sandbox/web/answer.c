#include "sandbox/web/answer.h"

#include "common/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

void answer_done(struct answer *answer)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        free(answer->headers[i].value);
    answer->n_headers = 0;
    free(answer->body);
    answer->body = NULL;
    answer->size = 0;
    answer->base64 = false;
}

void answer_drop_header(struct answer *answer, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < answer->n_headers; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            free(answer->headers[i].value);
        else
            answer->headers[kept++] = answer->headers[i];
    answer->n_headers = kept;
}

int answer_add_header(struct answer *answer, const char *name, const char *value)
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

int answer_set_header(struct answer *answer, const char *name, const char *value)
{
    answer_drop_header(answer, name);
    return answer_add_header(answer, name, value);
}

int answer_replace_body(struct answer *answer, const void *data, size_t size)
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

int answer_take_body(
    struct answer *answer, unsigned status, const char *content_type, char *body, size_t size)
{
    answer_done(answer);
    answer->status = status;
    answer->body = body;
    answer->size = size;
    return content_type ? answer_set_header(answer, "Content-Type", content_type) : 0;
}

int answer_set_json(struct answer *answer, unsigned status, json_object *document, const char *reason)
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
    return answer_take_body(answer, status, "application/json", body, size);
}

int answer_set_empty(struct answer *answer, unsigned status, const char *reason)
{
    snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
    return answer_take_body(answer, status, NULL, NULL, 0);
}

int answer_set_error(struct answer *answer, unsigned status, const char *code, const char *message)
{
    return answer_set_region_error(answer, status, code, message, NULL);
}

int answer_set_region_error(
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
        r = json_add_string(error, "correlationId", answer->request ? answer->request->id : "");
    if (r >= 0 && region)
        r = json_add_string(error, "region", region);
    if (r < 0)
        return r;
    return answer_set_json(answer, status, document, code);
}

void write_http_date(int64_t offset, char *text, size_t size)
{
    time_t then = time(NULL) + offset;
    struct tm tm;

    if (!gmtime_r(&then, &tm) || strftime(text, size, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        *text = '\0';
}
