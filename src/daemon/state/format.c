#include "daemon/state/format.h"

#include "daemon/state/document.h"
#include "daemon/state/names.h"
#include "daemon/state/required-members.h"
#include "daemon/state/schema.h"

#include <errno.h>
#include <stdio.h>

/* Deduces from what an attempt leaves behind whether the appliance was ever registered: version 1 does not say it, but
 * for some late builds. */
static int migrate_1(json_object *document)
{
    json_object *registration = document_registration(document);

    if (json_object_object_get(document, "everRegistered"))
        return 0;
    if (streq(json_get_string(registration, "state"), state_names[STATE_UNREGISTERED]) &&
        !json_get_string(registration, "guid") && !json_get_object(registration, "requestedBy"))
        return 0;
    return json_add(document, "everRegistered", json_object_new_boolean(true));
}

/* Marks the EST URL as one that holds its label already: version 2 kept them joined, whoever had named them. */
static int migrate_2(json_object *document)
{
    json_object *registration = document_registration(document);

    return json_get_string(registration, "estUrl") ? document_set_string(registration, "estLabel", "") : 0;
}

/* The versions by number. A new version gets a row here, and the row before it the function that migrates to it. */
static const struct {
    const struct service_field *fields;
    /* Makes the document one of the next version, but for the number; NULL for the newest. Returns 0 or a negative
     * errno. */
    int (*migrate)(json_object *document);
} formats[] = {
    [1] = { schema_state_file, migrate_1 },
    [2] = { schema_state_file, migrate_2 },
    [3] = { schema_state_file, NULL },
};

_Static_assert(ELEMENTS(formats) == FORMAT_VERSION + 1, "each version has a row");

int format_understand(json_object *document, int64_t *ret_version, char *field, size_t size)
{
    const int64_t found = json_get_int(document, "version", 0);
    int r = 0;

    *ret_version = found;
    if (found > FORMAT_VERSION)
        return -EOVERFLOW;
    snprintf(field, size, "version");
    if (found < 1)
        return -EBADMSG;
    for (int64_t version = found; r >= 0; version++) {
        if (service_check_fields(formats[version].fields, document, field, size) < 0)
            return -EBADMSG;
        if (!formats[version].migrate)
            break;
        r = formats[version].migrate(document);
        json_object_set_int64(json_object_object_get(document, "version"), version + 1);
    }
    if (r < 0)
        return r;
    snprintf(field, size, "registration");
    return required_members_exist(document_registration(document)) ? 0 : -EBADMSG;
}
