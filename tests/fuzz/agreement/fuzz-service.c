/* A call against the tables of both programs: what is refused is refused in a readable reply. */
#include "daemon/api/methods.h"
#include "fuzz/fuzz.h"
#include "worker/methods/interface.h"

static void dispatch(const struct service_interface *interface, const uint8_t *data, size_t size)
{
    const struct service service = { "fuzz", interface };
    const struct service_method *method = NULL;
    json_object *reply = NULL;
    struct varlink_call call;
    char *text = copy_text(data, size);

    if (varlink_call_parse(text, size, &call) == 0) {
        int r = service_dispatch(&service, &call, &method, &reply);

        REQUIRE(r == 0 || r == 1);
        if (r == 1)
            REQUIRE(method && method->run && !reply);
        else
            require_readable(reply);
        json_object_put(reply);
        varlink_call_done(&call);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dispatch(&methods_interface, data, size);
    dispatch(&worker_interface, data, size);
    return 0;
}
