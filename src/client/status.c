#include "client/status.h"

#include "varlink/agent.h"

#include <errno.h>

/* A piece of memory of a state; the state frees all of them. */
struct block {
    struct block *next;
    max_align_t data[];
};

/* A state and what it points into. */
struct holder {
    struct tr_status status;
    struct varlink_reply reply;
    struct block *blocks;
};

enum kind {
    KIND_STRING,
    KIND_INTEGER,
    KIND_BOOLEAN,
    KIND_ENUM,
    KIND_RECORD,
    KIND_RECORDS,
};

/* A field of the interface and the place where it is stored. A wrong type is -EBADMSG, and so is a missing or null field
 * that isn't optional; fields that the table doesn't name come from a newer daemon and are passed over. */
struct field {
    const char *name;
    size_t offset;
    enum kind kind;
    bool optional;
    size_t beside; /* offset of has_... of an optional value, or of an array's length; 0: neither */
    const char *const *names; /* of an enumeration, by value; NULL-terminated */
    const struct record *record;
};

struct record {
    size_t size;
    const struct field *fields; /* ends with a NULL name */
};

/* By the values of the public header, whose first one is not in the interface. */
static const char *const state_names[] = { "none", AGENT_STATE_NAMES, NULL };
static const char *const health_names[] = { "none", AGENT_HEALTH_NAMES, NULL };
static const char *const operation_names[] = { "none", AGENT_OPERATION_NAMES, NULL };
static const char *const cluster_mode_names[] = { "none", AGENT_CLUSTER_MODE_NAMES, NULL };

_Static_assert(AGENT_STATE_ORDERED(TR_STATE_, 1), "enum tr_state is the type State of the IDL");
_Static_assert(AGENT_HEALTH_ORDERED(TR_HEALTH_, 1), "enum tr_health is the type Health of the IDL");
_Static_assert(
    AGENT_OPERATION_ORDERED(TR_OPERATION_, 1), "enum tr_operation is the type Operation of the IDL");
_Static_assert(AGENT_CLUSTER_MODE_ORDERED(TR_CLUSTER_MODE_, 1),
    "enum tr_cluster_mode is the type ClusterMode of the IDL");

#define FIELD(type, member, name, kind, ...)                                                                 \
    {                                                                                                        \
        name, offsetof(struct type, member), KIND_##kind, ##__VA_ARGS__                                      \
    }

static const struct field server_fields[] = {
    FIELD(tr_server, number, "number", INTEGER),
    FIELD(tr_server, label, "label", STRING),
    FIELD(tr_server, fqdn, "fqdn", STRING),
    FIELD(tr_server, supported, "supported", BOOLEAN),
    { 0 },
};
static const struct record server_record = { sizeof(struct tr_server), server_fields };

static const struct field tenant_fields[] = {
    FIELD(tr_tenant, id, "id", STRING),
    FIELD(tr_tenant, name, "name", STRING),
    { 0 },
};
static const struct record tenant_record = { sizeof(struct tr_tenant), tenant_fields };

static const struct field failure_fields[] = {
    FIELD(tr_failure, reason, "reason", STRING),
    FIELD(tr_failure, message, "message", STRING),
    FIELD(tr_failure, remedy, "remedy", STRING),
    FIELD(tr_failure, permanent, "permanent", BOOLEAN),
    FIELD(tr_failure, time, "time", INTEGER),
    FIELD(tr_failure, operation, "operation", ENUM, .names = operation_names),
    FIELD(tr_failure, step, "step", STRING),
    FIELD(tr_failure, request_id, "requestId", STRING, .optional = true),
    FIELD(tr_failure, clock_offset, "clockOffset", INTEGER, .optional = true,
        .beside = offsetof(struct tr_failure, has_clock_offset)),
    { 0 },
};
static const struct record failure_record = { sizeof(struct tr_failure), failure_fields };

static const struct field certificate_fields[] = {
    FIELD(tr_certificate, subject, "subject", STRING),
    FIELD(tr_certificate, issuer, "issuer", STRING),
    FIELD(tr_certificate, serial, "serial", STRING),
    FIELD(tr_certificate, not_before, "notBefore", INTEGER),
    FIELD(tr_certificate, not_after, "notAfter", INTEGER),
    FIELD(tr_certificate, fingerprint, "fingerprint", STRING),
    FIELD(tr_certificate, key_type, "keyType", STRING),
    FIELD(tr_certificate, next_renewal, "nextRenewal", INTEGER),
    { 0 },
};
static const struct record certificate_record = { sizeof(struct tr_certificate), certificate_fields };

static const struct field user_fields[] = {
    FIELD(tr_user, uid, "uid", INTEGER),
    FIELD(tr_user, user_name, "userName", STRING),
    { 0 },
};
static const struct record user_record = { sizeof(struct tr_user), user_fields };

static const struct field registration_fields[] = {
    FIELD(tr_registration, state, "state", ENUM, .names = state_names),
    FIELD(tr_registration, since, "since", INTEGER),
    FIELD(tr_registration, health, "health", ENUM, .optional = true, .names = health_names),
    FIELD(tr_registration, operation, "operation", ENUM, .optional = true, .names = operation_names),
    FIELD(tr_registration, step, "step", STRING, .optional = true),
    FIELD(tr_registration, running, "running", BOOLEAN),
    FIELD(tr_registration, attempt, "attempt", INTEGER),
    FIELD(tr_registration, next_attempt, "nextAttempt", INTEGER, .optional = true),
    FIELD(tr_registration, last_success, "lastSuccess", INTEGER, .optional = true),
    FIELD(tr_registration, last_failure, "lastFailure", RECORD, .optional = true, .record = &failure_record),
    FIELD(tr_registration, next_refresh, "nextRefresh", INTEGER, .optional = true),
    FIELD(tr_registration, guid, "guid", STRING, .optional = true),
    FIELD(tr_registration, server, "server", RECORD, .optional = true, .record = &server_record),
    FIELD(tr_registration, tenant, "tenant", RECORD, .optional = true, .record = &tenant_record),
    FIELD(
        tr_registration, certificate, "certificate", RECORD, .optional = true, .record = &certificate_record),
    FIELD(tr_registration, requested_by, "requestedBy", RECORD, .optional = true, .record = &user_record),
    FIELD(tr_registration, clock_offset, "clockOffset", INTEGER, .optional = true,
        .beside = offsetof(struct tr_registration, has_clock_offset)),
    { 0 },
};
static const struct record registration_record = { sizeof(struct tr_registration), registration_fields };

static const struct field candidate_fields[] = {
    FIELD(tr_candidate, uid, "uid", INTEGER),
    FIELD(tr_candidate, user_name, "userName", STRING),
    FIELD(tr_candidate, base_revision, "baseRevision", INTEGER),
    FIELD(tr_candidate, enabled, "enabled", BOOLEAN, .optional = true,
        .beside = offsetof(struct tr_candidate, has_enabled)),
    FIELD(tr_candidate, server, "server", STRING, .optional = true),
    { 0 },
};
static const struct record candidate_record = { sizeof(struct tr_candidate), candidate_fields };

static const struct field status_fields[] = {
    FIELD(tr_status, version, "version", STRING),
    FIELD(tr_status, product, "product", STRING),
    FIELD(tr_status, name, "name", STRING),
    FIELD(tr_status, enabled, "enabled", BOOLEAN),
    FIELD(tr_status, server, "server", RECORD, .record = &server_record),
    FIELD(tr_status, revision, "revision", INTEGER),
    FIELD(tr_status, staged, "staged", RECORDS, .beside = offsetof(struct tr_status, n_staged),
        .record = &candidate_record),
    FIELD(tr_status, registration, "registration", RECORD, .record = &registration_record),
    FIELD(tr_status, proxy, "proxy", STRING, .optional = true),
    FIELD(tr_status, state_fault, "stateFault", STRING, .optional = true),
    FIELD(tr_status, config_fault, "configFault", STRING, .optional = true),
    FIELD(tr_status, cluster_mode, "clusterMode", ENUM, .optional = true, .names = cluster_mode_names),
    { 0 },
};
static const struct record status_record = { sizeof(struct tr_status), status_fields };

static void *allocate_block(struct holder *holder, size_t size)
{
    struct block *block = calloc(1, sizeof(struct block) + size);

    if (!block)
        return NULL;
    block->next = holder->blocks;
    holder->blocks = block;
    return block->data;
}

static int read_record(struct holder *holder, const struct record *record, json_object *object, void *out);

/* Makes a record and stores its address at where. */
static int new_record(struct holder *holder, const struct record *record, json_object *object, void *where)
{
    void *out = allocate_block(holder, record->size);

    if (!out)
        return -ENOMEM;
    memcpy(where, &out, sizeof(out));
    return read_record(holder, record, object, out);
}

static int read_records(struct holder *holder, const struct field *field, json_object *array, char *base)
{
    size_t n = json_object_array_length(array);
    char *records = allocate_block(holder, (n + 1) * sizeof(void *));

    if (!records)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        int r = new_record(
            holder, field->record, json_object_array_get_idx(array, i), records + i * sizeof(void *));
        if (r < 0)
            return r;
    }
    memcpy(base + field->offset, &records, sizeof(records));
    *(size_t *)(base + field->beside) = n;
    return 0;
}

static int enum_value(const char *const *names, const char *name)
{
    for (int i = 1; names[i]; i++)
        if (streq(names[i], name))
            return i;
    return -1; /* TR_..._OTHER */
}

static const json_type json_types[] = {
    [KIND_STRING] = json_type_string,
    [KIND_INTEGER] = json_type_int,
    [KIND_BOOLEAN] = json_type_boolean,
    [KIND_ENUM] = json_type_string,
    [KIND_RECORD] = json_type_object,
    [KIND_RECORDS] = json_type_array,
};

static int read_field(struct holder *holder, const struct field *field, json_object *value, char *base)
{
    void *out = base + field->offset;

    if (!value)
        return field->optional ? 0 : -EBADMSG;
    if (!json_object_is_type(value, json_types[field->kind]))
        return -EBADMSG;

    switch (field->kind) {
    case KIND_STRING:
        *(const char **)out = json_object_get_string(value);
        break;
    case KIND_INTEGER:
        *(int64_t *)out = json_object_get_int64(value);
        break;
    case KIND_BOOLEAN:
        *(bool *)out = json_object_get_boolean(value);
        break;
    case KIND_ENUM:
        *(int *)out = enum_value(field->names, json_object_get_string(value));
        break;
    case KIND_RECORD:
        return new_record(holder, field->record, value, out);
    case KIND_RECORDS:
        return read_records(holder, field, value, base);
    }
    if (field->optional && field->beside)
        *(bool *)(base + field->beside) = true;
    return 0;
}

static int read_record(struct holder *holder, const struct record *record, json_object *object, void *out)
{
    if (!json_object_is_type(object, json_type_object))
        return -EBADMSG;

    for (const struct field *field = record->fields; field->name; field++) {
        int r = read_field(holder, field, json_object_object_get(object, field->name), out);
        if (r < 0)
            return r;
    }
    return 0;
}

/* read_field() stores an enumeration as an int. */
_Static_assert(sizeof(enum tr_state) == sizeof(int) && sizeof(enum tr_health) == sizeof(int) &&
                   sizeof(enum tr_operation) == sizeof(int) && sizeof(enum tr_cluster_mode) == sizeof(int),
    "enumerations are ints");

int client_status_new(struct varlink_reply *reply, struct tr_status **ret_status)
{
    struct holder *holder = calloc(1, sizeof(*holder));

    if (!holder)
        return -ENOMEM;
    int r =
        read_record(holder, &status_record, json_get_object(reply->parameters, "status"), &holder->status);
    if (r < 0) {
        tr_status_free(&holder->status);
        return r;
    }

    holder->reply = *reply;
    *reply = (struct varlink_reply){ 0 };
    *ret_status = &holder->status;
    return 0;
}

int tr_status_parse(const char *text, struct tr_status **ret_status)
{
    struct varlink_reply reply = { 0 };

    int r = json_parse(text, strlen(text), &reply.message);
    if (r < 0)
        return r;
    reply.parameters = reply.message;
    r = client_status_new(&reply, ret_status);
    varlink_reply_done(&reply);
    return r;
}

struct tr_status *tr_status_free(struct tr_status *status)
{
    struct holder *holder = (struct holder *)status;

    if (!holder)
        return NULL;

    while (holder->blocks) {
        struct block *block = holder->blocks;
        holder->blocks = block->next;
        free(block);
    }
    varlink_reply_done(&holder->reply);
    free(holder);
    return NULL;
}

const char *tr_state_to_string(enum tr_state state)
{
    return state > 0 && (size_t)state < ELEMENTS(state_names) - 1 ? state_names[state] : "unknown";
}

const char *tr_health_to_string(enum tr_health health)
{
    return health >= 0 && (size_t)health < ELEMENTS(health_names) - 1 ? health_names[health] : "unknown";
}

const char *tr_operation_to_string(enum tr_operation operation)
{
    return operation >= 0 && (size_t)operation < ELEMENTS(operation_names) - 1 ? operation_names[operation]
                                                                               : "unknown";
}

const char *tr_cluster_mode_to_string(enum tr_cluster_mode mode)
{
    return mode >= 0 && (size_t)mode < ELEMENTS(cluster_mode_names) - 1 ? cluster_mode_names[mode]
                                                                        : "unknown";
}
