#include "daemon/state/document.h"

#include <errno.h>

json_object *document_settings(json_object *document)
{
    return json_get_object(document, "settings");
}

json_object *document_registration(json_object *document)
{
    return json_get_object(document, "registration");
}

json_object *document_commits(json_object *document)
{
    return json_get_array(document, "commits");
}

int document_set(json_object *part, const char *member, json_object *value)
{
    json_object *old = json_object_object_get(part, member);

    if (old) {
        json_object_get(old);
        json_object_object_del(part, member);
        json_put_erased(old);
    }
    return json_add(part, member, value);
}

int document_set_string(json_object *part, const char *member, const char *value)
{
    json_object *text = value ? json_object_new_string(value) : NULL;

    if (value && !text)
        return -ENOMEM;
    return document_set(part, member, text);
}

int document_set_attempts(
    json_object *registration, enum operation operation, const struct saved_attempts *attempts)
{
    json_object *all = json_get_object(registration, "attempts"), *note = json_object_new_object();

    if (!all && document_set(registration, "attempts", all = json_object_new_object()) < 0)
        all = NULL;
    if (!all || !note) {
        json_object_put(note);
        return -ENOMEM;
    }
    json_add_int(note, "failures", attempts->failures);
    json_add_int(note, "next", attempts->next);
    if (attempts->asked)
        json_add_bool(note, "asked", true);
    return document_set(all, operation_names[operation], note);
}

void document_forget_attempts(json_object *registration, enum operation operation)
{
    json_object *all = json_get_object(registration, "attempts");

    if (!all)
        return;
    document_set(all, operation_names[operation], NULL);
    if (json_object_object_length(all) == 0)
        document_set(registration, "attempts", NULL);
}

void document_forget_all_attempts(json_object *registration)
{
    document_set(registration, "attempts", NULL);
}

void document_forget_attempt(json_object *registration)
{
    static const char *const members[] = { "step", "server", "token", "privateKey", "enrollment",
        "trustAnchors", "certificate", "chain", "estUrl", "estLabel", "keyType", "certificateInfo",
        "renewalStep", "nextRenewal", "newPrivateKey", "newCertificate", "newChain", "newCertificateInfo",
        "tenant", "refreshInterval", "removed", "attempts", "lastSuccess", "warnedDays", "warnedMachine" };

    for (size_t i = 0; i < ELEMENTS(members); i++)
        document_set(registration, members[i], NULL);
}

void document_forget_renewal(json_object *registration)
{
    static const char *const members[] = { "renewalStep", "newPrivateKey", "newCertificate", "newChain",
        "newCertificateInfo" };

    for (size_t i = 0; i < ELEMENTS(members); i++)
        document_set(registration, members[i], NULL);
    document_forget_attempts(registration, OPERATION_RENEW);
}

void document_forget_identity(json_object *document)
{
    json_object *registration = document_registration(document);

    document_forget_attempt(registration);
    document_set(registration, "guid", NULL);
    document_set(document, "machineId", NULL);
}
