#include "sandbox/route.h"

#include "common/memory.h"
#include "sandbox/est/est.h"
#include "sandbox/sse/sse.h"

#define GUID_MARK "{guid}"
#define LABEL_MARK "[label/]"

static const struct endpoint *const tables[] = {
    [SERVICE_SSE] = sse_endpoints,
    [SERVICE_EST] = est_endpoints,
};

/* A part of a path; not NUL-terminated. */
struct segment {
    const char *text;
    size_t length;
};

/* Skips one segment and its slash. An empty segment, or the last one, is no label. */
static const char *skip_label(const char *path)
{
    size_t length = strcspn(path, "/");

    return length > 0 && path[length] == '/' ? path + length + 1 : path;
}

static bool match_path(const char *pattern, const char *path, struct segment *ret_guid)
{
    *ret_guid = (struct segment){ .text = NULL };
    while (*pattern) {
        if (strncmp(pattern, GUID_MARK, strlen(GUID_MARK)) == 0) {
            *ret_guid = (struct segment){ path, strcspn(path, "/") };
            path += ret_guid->length;
            pattern += strlen(GUID_MARK);
        } else if (strncmp(pattern, LABEL_MARK, strlen(LABEL_MARK)) == 0) {
            path = skip_label(path);
            pattern += strlen(LABEL_MARK);
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static bool take_guid(const struct segment *segment, struct call *call)
{
    if (!segment->text)
        return true;
    if (segment->length != GUID_LENGTH)
        return false;
    memcpy(call->guid, segment->text, GUID_LENGTH);
    call->guid[GUID_LENGTH] = '\0';
    return guid_valid(call->guid);
}

/* Refuses a path that no endpoint has, or only with the allowed method. */
static void refuse_path(struct answer *answer, const char *allowed)
{
    if (!allowed)
        (void)answer_set_error(answer, 404, "not_found", "Nothing is at this path.");
    else if (answer_set_error(answer, 405, "method_not_allowed", "This method is not for this path.") >= 0)
        (void)answer_set_header(answer, "Allow", allowed);
}

const struct endpoint *route_find(struct call *call, struct answer *answer)
{
    const struct request *request = call->request;
    const char *allowed = NULL;
    struct segment guid;

    if (!request->host) {
        (void)answer_set_error(answer, 421, "misdirected", "No server of this name is here.");
        return NULL;
    }
    for (const struct endpoint *endpoint = tables[request->host->service]; endpoint->name; endpoint++) {
        if (!match_path(endpoint->path, request->path, &guid))
            continue;
        if (!streq(endpoint->method, request->method)) {
            allowed = endpoint->method;
            continue;
        }
        if (!take_guid(&guid, call)) {
            (void)answer_set_error(
                answer, 400, "malformed", "The guid of the path is not a UUID in lower case.");
            return NULL;
        }
        return endpoint;
    }
    refuse_path(answer, allowed);
    return NULL;
}
