#include "daemon/api/api.h"

#include "daemon/api/dispatch.h"
#include "daemon/api/methods.h"
#include "daemon/api/reply.h"
#include "daemon/api/settings-methods.h"
#include "daemon/api/watch.h"

static const struct server_handlers handlers = { dispatch_call, dispatch_count_time, reply_make_refusal };

int api_start(struct api *api, struct core *core, struct settings *settings,
    struct registration *registration, const char *path)
{
    *api = (struct api){
        .core = core,
        .settings = settings,
        .registration = registration,
        .interface = &methods_interface,
    };
    return server_start(&api->server, core, &handlers, api, path);
}

void api_stop(struct api *api)
{
    server_stop(&api->server);
    call_cache_done(&api->cache);
    watch_forget_replies(api);
    settings_forget_commits_reply(api);
}
