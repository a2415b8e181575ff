#include "worker/http/status.h"

#include "common/memory.h"

#define OPERATOR "whoever runs the load balancer or web server there has to mend it"
#define TEMPORARY "the agent tries again"

const struct http_status *http_find_status(long status)
{
    static const struct http_status table[] = {
        { 407, REASON_UNEXPECTED_REPLY, "wants a password for a proxy inside the TLS connection: " OPERATOR },
        { 408, REASON_SERVER_ERROR, "did not get the request in time: " TEMPORARY },
        { 413, REASON_UNEXPECTED_REPLY, "takes no request of this size: " OPERATOR },
        { 414, REASON_UNEXPECTED_REPLY, "takes no URL of this length: " OPERATOR },
        { HTTP_MISDIRECTED, REASON_UNEXPECTED_REPLY,
            "does not serve this name, on a second connection either: " OPERATOR },
        { 423, REASON_SERVER_ERROR, "has locked this operation for now: " TEMPORARY },
        { 425, REASON_SERVER_ERROR, "wants the request later: " TEMPORARY },
        { 426, REASON_UNEXPECTED_REPLY,
            "demands another protocol than the HTTP/1.1 that the agent speaks: " OPERATOR },
        { 429, REASON_RATE_LIMITED, "asked to wait" },
        { 431, REASON_UNEXPECTED_REPLY, "takes no header fields of this size: " OPERATOR },
        { 444, REASON_SERVER_ERROR, "closed the request unanswered: " TEMPORARY },
        { 451, REASON_UNEXPECTED_REPLY,
            "is blocked: the administrator of the filter in between has to exempt it" },
        { 460, REASON_SERVER_ERROR, "gave up before the service behind it answered: " TEMPORARY },
        { 463, REASON_UNEXPECTED_REPLY, "got the request by too many proxies: " OPERATOR },
        { 464, REASON_UNEXPECTED_REPLY,
            "speaks another protocol to the service than the HTTP/1.1 of the agent: " OPERATOR },
        { 494, REASON_UNEXPECTED_REPLY, "takes no header fields of this size: " OPERATOR },
        { 497, REASON_UNEXPECTED_REPLY, "takes TLS for plain HTTP: " OPERATOR },
        { 499, REASON_SERVER_ERROR, "gave up before the service behind it answered: " TEMPORARY },
        { 511, REASON_UNEXPECTED_REPLY,
            "can't be reached before a login to the network: log in, or have the appliance exempted" },
    };

    for (size_t i = 0; i < ELEMENTS(table); i++)
        if (table[i].status == status)
            return &table[i];
    return NULL;
}
