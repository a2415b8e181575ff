#include "sandbox/base/settings.h"

#include "common/json.h"

#include <errno.h>

int settings_load(const struct store *store, struct settings *settings)
{
    _cleanup_json_ json_object *document = NULL;
    int64_t port;
    int r;

    r = store_read_json(store, "sandbox.json", &document);
    if (r < 0)
        return r;
    port = json_get_int(document, "port", 0);
    if (port < 0 || port > 65535)
        return -EBADMSG;
    settings->port = port;
    settings->token_validity = json_get_int(document, "tokenValidity", settings->token_validity);
    return 0;
}

int settings_save(const struct store *store, const struct settings *settings)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    int r;

    if (!document)
        return -ENOMEM;
    r = json_add_int(document, "port", settings->port);
    if (r >= 0)
        r = json_add_int(document, "tokenValidity", settings->token_validity);
    if (r < 0)
        return r;
    return store_write_json(store, "sandbox.json", document);
}
