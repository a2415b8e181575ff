#include "sandbox/route.h"

#include "common/memory.h"
#include "sandbox/base/guid.h"
#include "sandbox/est/est.h"
#include "sandbox/sse/sse.h"

#include <string.h>

#define SSE_BASE "/v1/contexts"
#define EST_BASE "/.well-known/est/"

static const struct endpoint endpoints[] = {
    { "contexts", "POST", false, NULL, create_context },
    { "activations", "POST", false, "/activations", activate_context },
    { "status", "GET", false, "/status", report_status },
    { "refresh", "POST", false, "/refresh", refresh_context },
    { "delete", "DELETE", false, "", delete_context },
    { "cacerts", "GET", true, "cacerts", serve_cacerts },
    { "csrattrs", "GET", true, "csrattrs", serve_csrattrs },
    { "simpleenroll", "POST", true, "simpleenroll", serve_simpleenroll },
    { "serverkeygen", "POST", true, "serverkeygen", serve_serverkeygen },
    { "simplereenroll", "POST", true, "simplereenroll", serve_simplereenroll },
};

/* The part of the path that the table knows; NULL when the path is not below the base. Fills *ret_collection
 * for /v1/contexts itself, and the guid. */
static const char *tail_of(struct request *request, bool *ret_collection, bool *ret_guid_bad)
{
    const char *path = request->path, *slash;
    size_t length;

    *ret_collection = *ret_guid_bad = false;
    if (!request->host->region) {
        if (strncmp(path, EST_BASE, strlen(EST_BASE)) != 0)
            return NULL;
        path += strlen(EST_BASE);
        slash = strchr(path, '/');
        /* one label may stand before the operation */
        return slash && slash != path ? slash + 1 : path;
    }
    if (strncmp(path, SSE_BASE, strlen(SSE_BASE)) != 0)
        return NULL;
    path += strlen(SSE_BASE);
    if (*path == '\0') {
        *ret_collection = true;
        return path;
    }
    if (*path != '/')
        return NULL;
    path++;
    length = strcspn(path, "/");
    if (length == GUID_LENGTH) {
        memcpy(request->guid, path, length);
        request->guid[length] = '\0';
    }
    *ret_guid_bad = length != GUID_LENGTH || !guid_valid(request->guid);
    return path + length;
}

const struct endpoint *route_find(struct request *request, struct answer *answer)
{
    const struct endpoint *other_method = NULL;
    const char *tail;
    bool collection, guid_bad;

    if (!request->host) {
        (void)answer_set_error(answer, 421, "misdirected", "No server of this name is here.");
        return NULL;
    }
    tail = tail_of(request, &collection, &guid_bad);
    for (size_t i = 0; tail && i < ELEMENTS(endpoints); i++) {
        const struct endpoint *endpoint = &endpoints[i];

        if (endpoint->est == !!request->host->region || collection != !endpoint->tail ||
            (endpoint->tail && strcmp(endpoint->tail, tail) != 0))
            continue;
        if (strcmp(endpoint->method, request->method) != 0) {
            other_method = endpoint;
            continue;
        }
        if (guid_bad) {
            (void)answer_set_error(
                answer, 400, "malformed", "The guid of the path is not a UUID in lower case.");
            return NULL;
        }
        return endpoint;
    }
    if (other_method) {
        if (answer_set_error(answer, 405, "method_not_allowed", "This method is not for this path.") >= 0)
            (void)answer_set_header(answer, "Allow", other_method->method);
    } else {
        (void)answer_set_error(answer, 404, "not_found", "Nothing is at this path.");
    }
    return NULL;
}
