#include "daemon/api/reload-method.h"

#include "common/log.h"
#include "common/user-name.h"
#include "daemon/api/api.h"
#include "daemon/api/reply.h"

int method_reload(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    const struct connection *connection = userdata;
    struct core *core = api_of(connection)->core;
    struct refusal refusal;
    char name[128];

    (void)call;
    log_notice("%s asked to reload the configuration.", user_name_get(connection->uid, name, sizeof(name)));
    if (core->reload(core->reload_userdata))
        return reply_empty(ret_reply);
    refusal_set(
        &refusal, REASON_CONFIG_INVALID, "The configuration was not reloaded: %s", core->config_fault);
    return reply_refusal(&refusal, ret_reply);
}
