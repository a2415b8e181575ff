#include "sandbox/web/send.h"

#include "common/memory.h"

#include <ctype.h>
#include <string.h>

#define TRUNCATED_MINIMUM 64

/* The bytes that are sent of a body. */
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

/* Makes a response that announces the whole length and sends half. */
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

/* Reads a body that was announced without a length. */
static ssize_t read_open(void *data, uint64_t position, char *buffer, size_t max)
{
    struct cut *whole = data;

    return position >= whole->size ? MHD_CONTENT_READER_END_OF_STREAM : read_cut(data, position, buffer, max);
}

static struct MHD_Response *make_open_response(const struct answer *answer)
{
    struct cut *whole = malloc(sizeof(*whole) + answer->size);
    struct MHD_Response *response;

    if (!whole)
        return NULL;
    whole->size = answer->size;
    if (answer->size > 0)
        memcpy(whole->data, answer->body, answer->size);
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_open, whole, free);
    if (!response) {
        free(whole);
        return NULL;
    }
    if (answer->framing == FRAMING_CLOSE)
        (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_SERVER, MHD_RO_END);
    return response;
}

static struct MHD_Response *make_response(struct answer *answer)
{
    struct MHD_Response *response;

    if (answer->truncate)
        return make_cut_response(answer);
    if (answer->framing != FRAMING_LENGTH && answer->status != 204 && answer->status != 304)
        return make_open_response(answer);
    if (answer->size == 0)
        return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    response = MHD_create_response_from_buffer(answer->size, answer->body, MHD_RESPMEM_MUST_FREE);
    if (response) {
        answer->body = NULL;
        answer->size = 0;
    }
    return response;
}

static void add_header(
    struct MHD_Response *response, const struct answer *answer, const char *name, const char *value)
{
    char lower[64];
    size_t n = 0;

    for (; name[n] && n + 1 < sizeof(lower); n++)
        lower[n] = (char)tolower((unsigned char)name[n]);
    lower[n] = '\0';
    (void)MHD_add_response_header(response, answer->lower_case ? lower : name, value);
}

enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer *answer, const char *request_id)
{
    struct MHD_Response *response = make_response(answer);
    enum MHD_Result result;
    char date[64];

    if (!response)
        return MHD_NO;
    write_http_date(answer->clock_offset, date, sizeof(date));
    add_header(response, answer, MHD_HTTP_HEADER_DATE, date);
    if (request_id)
        add_header(response, answer, "X-Request-Id", request_id);
    for (size_t i = 0; i < answer->n_headers; i++)
        add_header(response, answer, answer->headers[i].name, answer->headers[i].value);
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}
