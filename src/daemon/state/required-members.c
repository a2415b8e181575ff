#include "daemon/state/required-members.h"

#include "daemon/state/names.h"

#include <stdio.h>

/* Trust anchors are optional: the next renewal fetches them. */
#define IDENTITY "server guid privateKey certificate certificateInfo"

/* The members that each step needs when it is the next one, separated by blanks. The first row of an operation is that
 * of its first step. */
static const struct {
    enum operation operation;
    const char *step, *members;
} required[] = {
    { OPERATION_REGISTER, "key", "server token" },
    { OPERATION_REGISTER, "context", "server token guid privateKey" },
    { OPERATION_REGISTER, "activation", "server token guid privateKey" },
    { OPERATION_REGISTER, "trust", "server guid privateKey enrollment" },
    { OPERATION_REGISTER, "rekey", "server guid privateKey enrollment trustAnchors" },
    { OPERATION_REGISTER, "certificate", "server guid privateKey enrollment trustAnchors" },
    { OPERATION_REGISTER, "confirm", IDENTITY },
    { OPERATION_RENEW, "renewal-key", IDENTITY },
    { OPERATION_RENEW, "renewal-trust", IDENTITY " newPrivateKey" },
    { OPERATION_RENEW, "renewal-certificate", IDENTITY " newPrivateKey" },
    { OPERATION_RENEW, "renewal-proof", IDENTITY " newPrivateKey newCertificate newCertificateInfo" },
};

static bool has_members(json_object *registration, const char *names)
{
    char name[32];

    for (const char *p = names; *p; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");

        snprintf(name, sizeof(name), "%.*s", (int)length, p);
        if (!json_object_object_get(registration, name))
            return false;
        p += length;
    }
    return true;
}

/* A step that the operation does not have counts as its first one, as in step_find. */
static bool has_members_for(json_object *registration, enum operation operation)
{
    const char *step = json_get_string(registration, step_member(operation)), *first = NULL;

    for (size_t i = 0; i < ELEMENTS(required); i++) {
        if (required[i].operation != operation)
            continue;
        if (streq0(step, required[i].step))
            return has_members(registration, required[i].members);
        if (!first)
            first = required[i].members;
    }
    return has_members(registration, first);
}

bool required_members_exist(json_object *registration)
{
    const char *state = json_get_string(registration, "state");

    if (streq0(state, state_names[STATE_UNREGISTERED]))
        return true;
    if (streq0(state, state_names[STATE_REGISTERING]))
        return has_members_for(registration, OPERATION_REGISTER);
    return has_members(registration, IDENTITY) &&
           (!json_get_string(registration, step_member(OPERATION_RENEW)) ||
               has_members_for(registration, OPERATION_RENEW));
}
