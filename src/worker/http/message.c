#include "worker/http/message.h"

#include <stdio.h>

void http_response_done(struct http_response *response)
{
    if (response->body)
        explicit_bzero(response->body, response->size);
    free(response->body);
    free(response->redirect);
    response->body = response->redirect = NULL;
    response->size = 0;
}

bool http_clock_is_wrong(const struct http_response *response)
{
    return response->clock_known &&
           (response->clock_offset > HTTP_CLOCK_TOLERANCE || response->clock_offset < -HTTP_CLOCK_TOLERANCE);
}

void http_note_response(struct call_context *context, const struct http_response *response)
{
    struct failure *failure = &context->failure;

    failure->http_status = response->status;
    failure->retry_after = response->retry_after;
    failure->clock_known = response->clock_known;
    failure->clock_offset = response->clock_offset;
    snprintf(failure->request_id, sizeof(failure->request_id), "%s", response->request_id);
}

int http_fail_unexpected(
    struct call_context *context, const struct http_response *response, const char *found)
{
    char type[sizeof(response->content_type)], shown[160];

    /* Without its parameters. */
    snprintf(type, sizeof(type), "%s", response->content_type);
    type[strcspn(type, "; ")] = 0;
    failure_quote(&context->failure, *type ? type : "no content type", shown, sizeof(shown));
    return failure_set(&context->failure, REASON_UNEXPECTED_REPLY, "%s answered %ld with %s (%s).",
        response->url.authority, response->status, found, shown);
}

int http_fail_intercepted(struct call_context *context, const struct http_response *response)
{
    return failure_set(&context->failure, REASON_TLS_INTERCEPTED,
        "TLS to %s is intercepted: its certificate leads to a CA of network.ca_file only, and the "
        "appliance's "
        "certificate did not pass (%ld).",
        response->url.authority, response->status);
}

bool http_refuses_certificate(const struct http_response *response)
{
    if (response->status == 495 || response->status == 496)
        return true;
    return response->status == 400 && response->body &&
           (strstr(response->body, "The SSL certificate error") ||
               strstr(response->body, "No required SSL certificate was sent"));
}

int http_fail_certificate(struct call_context *context, const struct http_response *response)
{
    return failure_set(&context->failure, REASON_CERTIFICATE_REFUSED,
        "The web server of %s refused the appliance's certificate (%ld).", response->url.authority,
        response->status);
}
