#include "sandbox/sse/client-info.h"

#include "common/json.h"
#include "sandbox/base/guid.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

static int refuse_body(struct answer *answer, const char *message)
{
    return answer_set_error(answer, 400, "malformed", message);
}

int request_read_json(const struct request *request, struct answer *answer, json_object **ret)
{
    int r;

    if (request->too_large)
        return answer_set_error(answer, 413, "malformed", "The body is larger than 64 KiB.");
    r = json_parse(request->body, request->size, ret);
    if (r == -EBADMSG)
        return refuse_body(answer, "The body is not one JSON object in UTF-8, without a key twice.");
    return r < 0 ? r : 1;
}

int client_info_check(struct answer *answer, json_object *body, const char *guid, json_object **ret)
{
    static const struct {
        const char *name;
        bool required;
    } fields[] = { { "guid", true }, { "name", true }, { "type", true }, { "version", true }, { "ip", false },
        { "description", false } };
    json_object *info = json_get_object(body, "clientInfo");
    const char *own;
    char message[96];

    if (!info)
        return refuse_body(answer, "clientInfo is missing or is not an object.");
    for (size_t i = 0; i < ELEMENTS(fields); i++) {
        json_object *value;
        bool present = json_object_object_get_ex(info, fields[i].name, &value);

        if (!present && !fields[i].required)
            continue;
        if (!present || !json_object_is_type(value, json_type_string)) {
            snprintf(
                message, sizeof(message), "clientInfo.%s is missing or is not a string.", fields[i].name);
            return refuse_body(answer, message);
        }
    }
    own = json_get_string(info, "guid");
    if (!guid_valid(own))
        return refuse_body(answer, "clientInfo.guid is not a UUID in lower case.");
    if (guid && strcasecmp(own, guid) != 0)
        return refuse_body(answer, "clientInfo.guid is not the guid of the path.");
    *ret = info;
    return 1;
}

int client_settings_check(struct answer *answer, json_object *body, const struct host *host)
{
    json_object *exchange = json_get_object(json_get_object(body, "settings"), "exchange");
    json_object *registration = json_get_object(exchange, "registration");
    const char *fqdn = json_get_string(exchange, "fqdn");

    if (!fqdn)
        return refuse_body(answer, "settings.exchange.fqdn is missing or is not a string.");
    if (strcasecmp(fqdn, host->name) != 0)
        return refuse_body(answer, "settings.exchange.fqdn is not the server that was asked.");
    if (json_get_int(registration, "refreshInterval", 0) <= 0)
        return refuse_body(
            answer, "settings.exchange.registration.refreshInterval is not a positive number.");
    return 1;
}
