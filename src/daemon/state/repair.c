#include "daemon/state/repair.h"

#include "daemon/state/document.h"
#include "daemon/state/format.h"
#include "daemon/state/names.h"
#include "daemon/state/required-members.h"
#include "daemon/state/schema.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

enum {
    GUID_LENGTH = 36,
    RENEWAL_DAY = 24 * 60 * 60,
};

struct note {
    char *out;
    size_t size, used;
};

static void note(struct note *note, const char *path)
{
    if (note->used < note->size)
        note->used += (size_t)snprintf(
            note->out + note->used, note->size - note->used, "%s%s", note->used ? ", " : "", path);
}

static const struct service_field *find_field(const struct service_field *fields, const char *name)
{
    for (; fields->name; fields++)
        if (streq(fields->name, name))
            return fields;
    return NULL;
}

/* Returns true if a value alone satisfies its field. */
static bool is_good(const struct service_field *field, json_object *value)
{
    const struct service_field alone[] = { *field, { 0 } };
    _cleanup_json_ json_object *object = json_object_new_object();
    char name[128];

    return value && object && json_add(object, field->name, json_object_get(value)) == 0 &&
           service_check_fields(alone, object, name, sizeof(name)) == 0;
}

/* Returns the valid elements of a list. */
static json_object *keep_good_elements(const struct service_field *field, json_object *list)
{
    json_object *kept = json_object_new_array();

    for (size_t i = 0; kept && i < json_object_array_length(list); i++) {
        json_object *element = json_object_array_get_idx(list, i);
        _cleanup_json_ json_object *alone = json_object_new_array();

        if (!alone || json_object_array_add(alone, json_object_get(element)) < 0)
            continue;
        if (is_good(field, alone) && (int64_t)json_object_array_length(kept) < field->max)
            json_object_array_add(kept, json_object_get(element));
    }
    return kept;
}

static void drop_wrong(
    const struct service_field *fields, json_object *object, const char *prefix, struct note *dropped);

/* Mends or drops a member. */
static void mend_member(const struct service_field *field, json_object *object, const char *name,
    const char *path, struct note *dropped)
{
    json_object *value = json_object_object_get(object, name);

    if (field && is_good(field, value))
        return;
    if (field && field->type == SERVICE_OBJECT && json_object_is_type(value, json_type_object)) {
        drop_wrong(field->fields, value, path, dropped);
        /* The members that a required part lacks are added later. */
        if (!field->optional || is_good(field, value))
            return;
    }
    note(dropped, path);
    if (field && field->type == SERVICE_OBJECTS && json_object_is_type(value, json_type_array))
        document_set(object, name, keep_good_elements(field, value));
    else
        document_set(object, name, NULL);
}

/* Drops each wrong member of an object. Searches for the first unknown member repeatedly, since a loop over
 * an object must not change it. */
static void drop_wrong(
    const struct service_field *fields, json_object *object, const char *prefix, struct note *dropped)
{
    char path[256], unknown[128];
    bool found;

    for (const struct service_field *field = fields; field->name; field++)
        if (json_object_object_get_ex(object, field->name, NULL)) {
            snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", field->name);
            mend_member(field, object, field->name, path, dropped);
        }
    do {
        found = false;
        json_object_object_foreach(object, name, value)
        {
            (void)value;
            if (!find_field(fields, name)) {
                found = strlen(name) < sizeof(unknown);
                snprintf(unknown, sizeof(unknown), "%s", name);
                break;
            }
        }
        if (found) {
            note(dropped, *prefix ? prefix : "an unknown member");
            document_set(object, unknown, NULL);
        }
    } while (found);
}

/* Adds a required member if it is missing. */
static json_object *add_missing(json_object *object, const char *name, json_object *value)
{
    if (!json_object_object_get(object, name))
        document_set(object, name, value);
    else
        json_object_put(value);
    return json_object_object_get(object, name);
}

/* Recovers the settings from the newest commits. */
static void recover_settings(json_object *settings, json_object *commits)
{
    static const char *const names[] = { "enabled", "server", "revision" };

    for (size_t i = 0; i < ELEMENTS(names); i++)
        for (size_t k = 0; k < json_object_array_length(commits); k++) {
            json_object *value = json_object_object_get(json_object_array_get_idx(commits, k), names[i]);

            if (value)
                add_missing(settings, names[i], json_object_get(value));
        }
}

/* Recovers the guid from the common name of the certificate. */
static void recover_guid(json_object *registration)
{
    const char *subject = json_get_string(json_get_object(registration, "certificateInfo"), "subject");
    const char *place = subject ? strstr(subject, "CN=") : NULL;
    char guid[GUID_LENGTH + 1];

    if (!place || json_get_string(registration, "guid"))
        return;
    snprintf(guid, sizeof(guid), "%s", place + strlen("CN="));
    char end = strlen(guid) == GUID_LENGTH ? place[strlen("CN=") + GUID_LENGTH] : 'x';
    if ((!end || end == ',') && strspn(guid, "0123456789abcdefABCDEF-") == GUID_LENGTH)
        document_set_string(registration, "guid", guid);
}

/* Replaces a lost description of the certificate by one that makes a renewal due soon. */
static void replace_info(json_object *registration)
{
    static const char *const texts[] = { "subject", "issuer", "serial", "fingerprint", "keyType" };
    json_object *info = json_get_object(registration, "certificateInfo") ? NULL : json_object_new_object();
    const int64_t now = (int64_t)time(NULL);

    if (!info || !json_get_string(registration, "certificate")) {
        json_object_put(info);
        return;
    }
    for (size_t i = 0; i < ELEMENTS(texts); i++)
        json_add_string(info, texts[i], "unknown");
    json_add_int(info, "notBefore", 0);
    json_add_int(info, "notAfter", now + RENEWAL_DAY);
    document_set(registration, "certificateInfo", info);
    document_set(registration, "nextRenewal", json_object_new_int64(now));
}

/* Sets a missing state: registered if all members for it exist, else registering. */
static void choose_state(json_object *registration)
{
    if (json_get_string(registration, "state"))
        return;
    document_set_string(registration, "state", state_names[STATE_REGISTERED]);
    if (!required_members_exist(registration))
        document_set_string(registration, "state", state_names[STATE_REGISTERING]);
}

/* Mends the registration. Returns true if it can go on. */
static bool mend_registration(json_object *registration)
{
    recover_guid(registration);
    replace_info(registration);
    choose_state(registration);
    if (required_members_exist(registration))
        return true;
    document_forget_renewal(registration);
    if (required_members_exist(registration))
        return true;
    document_forget_attempt(registration);
    document_set_string(registration, "state", state_names[STATE_UNREGISTERED]);
    return false;
}

int repair_document(json_object *document, char *dropped, size_t size)
{
    struct note all = { .out = dropped, .size = size };
    int64_t version = json_get_int(document, "version", 0);
    bool was_registered = false;

    *dropped = 0;
    if (!json_get_object(document, "registration") && !json_get_object(document, "settings"))
        return -EBADMSG;
    if (version < 1 || version > FORMAT_VERSION)
        document_set(document, "version", NULL);
    drop_wrong(schema_state_file, document, "", &all);
    /* Assume that the appliance was registered, so that it does not register itself a second time. */
    document_set(document, "everRegistered", json_object_new_boolean(true));
    add_missing(document, "version", json_object_new_int64(FORMAT_VERSION));
    add_missing(document, "settings", json_object_new_object());
    add_missing(document, "commits", json_object_new_array());
    recover_settings(document_settings(document), document_commits(document));
    json_object *registration = add_missing(document, "registration", json_object_new_object());
    if (!registration)
        return -ENOMEM;
    add_missing(registration, "since", json_object_new_int64((int64_t)time(NULL)));
    was_registered = !streq0(json_get_string(registration, "state"), state_names[STATE_UNREGISTERED]);
    return !mend_registration(registration) && was_registered ? 1 : 0;
}
