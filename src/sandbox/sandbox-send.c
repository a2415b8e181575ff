#include "sandbox-send.h"

#include <string.h>
#include <time.h>

#include "json.h"

#define TRUNCATED_MINIMUM 64

/* A body that ends in the middle. */
struct cut {
    size_t size;
    char data[];
};

static ssize_t read_cut(void *data, uint64_t position, char *buffer, size_t max)
{
    struct cut *cut = data;
    size_t left;

    if (position >= cut->size)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    left = cut->size - (size_t)position;
    if (left > max)
        left = max;
    memcpy(buffer, cut->data + position, left);
    return (ssize_t)left;
}

/* Announces the whole length, sends half. */
static struct MHD_Response *make_cut_response(const struct answer *answer)
{
    size_t announced = answer->size > TRUNCATED_MINIMUM ? answer->size : TRUNCATED_MINIMUM;
    size_t half = answer->size / 2;
    struct MHD_Response *response;
    struct cut *cut = malloc(sizeof(*cut) + half);

    if (!cut)
        return NULL;
    cut->size = half;
    if (half > 0)
        memcpy(cut->data, answer->body, half);
    response = MHD_create_response_from_callback(announced, 4096, read_cut, cut, free);
    if (!response)
        free(cut);
    return response;
}

static struct MHD_Response *make_response(struct answer *answer)
{
    struct MHD_Response *response;

    if (answer->truncate)
        return make_cut_response(answer);
    if (answer->size == 0)
        return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    response = MHD_create_response_from_buffer(answer->size, answer->body, MHD_RESPMEM_MUST_FREE);
    if (response) {
        answer->body = NULL;
        answer->size = 0;
    }
    return response;
}

static void add_date(struct MHD_Response *response, int64_t offset)
{
    time_t now = time(NULL) + offset;
    struct tm tm;
    char text[64];

    if (gmtime_r(&now, &tm) && strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, text);
}

enum MHD_Result sandbox_send_answer(
    struct MHD_Connection *connection, struct answer *answer, const char *request_id)
{
    struct MHD_Response *response = make_response(answer);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    add_date(response, answer->clock_offset);
    if (request_id)
        (void)MHD_add_response_header(response, "X-Request-Id", request_id);
    for (size_t i = 0; i < answer->n_headers; i++)
        (void)MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}
