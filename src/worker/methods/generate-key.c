#include "worker/methods/generate-key.h"

#include "worker/x509/key.h"

#include <errno.h>

int method_generate_key(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    _cleanup_private_key_ struct private_key *key = NULL;
    _cleanup_json_erase_ json_object *out = json_object_new_object();
    _cleanup_erase_ char *pem = NULL;
    int type = key_type_from_string(json_get_string(call->parameters, "keyType"));

    (void)userdata;
    if (!out || type < 0)
        return -ENOMEM;
    int r = private_key_generate((enum key_type)type, &key);
    if (r >= 0)
        r = private_key_to_pem(key, &pem);
    if (r < 0)
        return r;
    if (json_add_string(out, "privateKey", pem) < 0)
        return -ENOMEM;
    *ret_reply = varlink_make_reply(TAKE_PTR(out));
    return *ret_reply ? 0 : -ENOMEM;
}
