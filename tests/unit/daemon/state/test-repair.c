/* The rest of a damaged state is kept: each member of the schema is damaged in turn, also new members. */
#include "daemon/state/repair.h"

#include "daemon/state/format.h"
#include "daemon/state/schema.h"
#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

/* Has every member of the schema; test_whole says so. */
static const char whole[] =
    "{\"version\":3,\"machineId\":\"00112233445566778899aabbccddeeff\",\"everRegistered\":true,"
    "\"settings\":{\"enabled\":true,\"server\":\"EUROPE\",\"revision\":2},"
    "\"commits\":[{\"revision\":2,\"time\":9,\"uid\":0,\"userName\":\"root\",\"comment\":\"two\",\"enabled\":"
    "true,"
    "\"server\":\"EUROPE\"},{\"revision\":1,\"time\":8,\"uid\":0}],"
    "\"registration\":{\"state\":\"registered\",\"since\":3,\"step\":\"key\"," IDENTITY ",\"token\":\"" TOKEN
    "\","
    "\"enrollment\":{\"url\":\"https://"
    "est.example\",\"label\":\"eu\",\"scheme\":\"basic\",\"username\":\"u\","
    "\"secret\":\"S\",\"expires\":7},\"estLabel\":\"eu\",\"keyType\":\"ec_p256\",\"renewalStep\":\"renewal-"
    "proof\","
    "\"nextRenewal\":5,\"newPrivateKey\":\"KEY2\",\"newCertificate\":\"CERT2\",\"newChain\":\"CHAIN2\","
    "\"newCertificateInfo\":" INFO(
        "02") ",\"tenant\":{\"id\":\"i\",\"name\":\"n\"},\"refreshInterval\":1200,"
              "\"warnedDays\":7,\"warnedMachine\":\"m\",\"removed\":true,\"lastSuccess\":4,\"lastFailure\":{"
              "\"reason\":\"dns_failed\",\"message\":\"m\",\"remedy\":\"r\",\"permanent\":false,\"time\":4,"
              "\"operation\":\"refresh\",\"step\":\"refresh\",\"requestId\":\"q\",\"clockOffset\":-7},"
              "\"attempts\":{"
              "\"register\":{\"failures\":1,\"next\":2,\"asked\":true},\"deregister\":{\"failures\":1,"
              "\"next\":2},"
              "\"refresh\":{\"failures\":1,\"next\":2},\"renew\":{\"failures\":1,\"next\":2}},"
              "\"requestedBy\":{\"uid\":0,\"userName\":\"root\"}}}";

/* The members without which a registration can't go on. */
static const char *const vital[] = { "registration", "registration.server", "registration.server.label",
    "registration.server.fqdn", "registration.privateKey", "registration.certificate" };

static bool is_vital(const char *path)
{
    for (size_t i = 0; i < ELEMENTS(vital); i++)
        if (streq(vital[i], path))
            return true;
    return false;
}

/* Called for each field of the schema that the document has, with the object that it is in. */
typedef void (*visit)(const struct service_field *field, const char *path);

static void visit_fields(const struct service_field *fields, const char *prefix, visit function)
{
    for (; fields->name; fields++) {
        char path[128];

        snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", fields->name);
        function(fields, path);
        if (fields->fields)
            visit_fields(fields->fields, path, function);
    }
}

/* Finds what a path leads to: the object that has the last member. An element of a list is its first. */
static json_object *find_owner(json_object *document, const char *path, const char **ret_name)
{
    json_object *object = document;
    char name[64];

    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
        object = json_object_object_get(object, name);
        if (json_object_is_type(object, json_type_array))
            object = json_object_array_get_idx(object, 0);
    }
    *ret_name = path;
    return object;
}

static void check_present(const struct service_field *field, const char *path)
{
    _cleanup_json_ json_object *document = fixture_parse(whole);
    const char *name;
    json_object *owner = find_owner(document, path, &name);

    (void)field;
    if (!json_object_object_get_ex(owner, name, NULL) && !streq(name, "asked"))
        fail_msg("the document of this test has no %s: add it", path);
}

static void test_whole(void **state)
{
    _cleanup_json_ json_object *document = fixture_parse(whole);
    int64_t version;
    char field[128];

    (void)state;
    assert_int_equal(format_understand(document, &version, field, sizeof(field)), 0);
    visit_fields(schema_state_file, "", check_present);
}

/* A value that the field does not take. */
static json_object *make_wrong(const struct service_field *field, int kind)
{
    char *text;

    if (kind == 0)
        return field->type == SERVICE_STRING || field->type == SERVICE_ENUM ? json_object_new_int(5)
                                                                            : json_object_new_string("wrong");
    if (kind == 1)
        return field->type == SERVICE_OBJECT ? json_object_new_array() : json_object_new_object();
    switch (field->type) {
    case SERVICE_INT:
        return json_object_new_int64(field->max < INT64_MAX ? field->max + 1 : INT64_MIN);
    case SERVICE_STRING:
        text = calloc(1, (size_t)field->max + 2);
        memset(text, 'x', (size_t)field->max + 1);
        json_object *value = json_object_new_string(text);
        free(text);
        return value;
    case SERVICE_ENUM:
        return json_object_new_string("dance");
    case SERVICE_BOOL:
    case SERVICE_STRINGS:
    case SERVICE_OBJECT:
    case SERVICE_OBJECTS:
        break;
    }
    return NULL;
}

/* A damaged member costs itself, and of what surrounds it no more than can't be without it. */
static void check_repair(json_object *document, const char *path)
{
    char dropped[512], field[128];
    int64_t version;

    int r = repair_document(document, dropped, sizeof(dropped));
    print_message("%s: %d, dropped %s\n", path, r, dropped);
    assert_int_equal(format_understand(document, &version, field, sizeof(field)), 0);
    json_object *registration = json_object_object_get(document, "registration");
    assert_int_equal(r, is_vital(path));
    assert_string_equal(
        json_get_string(registration, "state"), is_vital(path) ? "unregistered" : "registered");
    if (!streq(path, "registration"))
        assert_string_equal(json_get_string(registration, "guid"), GUID);
    if (!is_vital(path)) {
        assert_string_equal(json_get_string(registration, "privateKey"), "KEY");
        assert_string_equal(json_get_string(registration, "certificate"), "CERT");
    }
    assert_true(json_get_bool(document, "everRegistered", false));
    /* The commits also have them. */
    json_object *settings = json_object_object_get(document, "settings");
    assert_string_equal(json_get_string(settings, "server"), "EUROPE");
    assert_int_equal(json_get_int(settings, "revision", 0), 2);
    if (strncmp(path, "commits", 7) != 0)
        assert_int_equal(json_object_array_length(json_get_array(document, "commits")), 2);
    else if (!streq(path, "commits"))
        assert_int_equal(json_object_array_length(json_get_array(document, "commits")), 1);
}

static void damage(const struct service_field *field, const char *path)
{
    for (int kind = 0; kind < 4; kind++) {
        _cleanup_json_ json_object *document = fixture_parse(whole);
        const char *name;
        json_object *owner = find_owner(document, path, &name);

        if (!json_object_object_get_ex(owner, name, NULL))
            continue;
        json_object *wrong = kind < 3 ? make_wrong(field, kind) : NULL;
        if (kind < 3 && !wrong)
            continue;
        /* Another version is no damage: see test-store-damage.c. */
        if (kind == 2 && streq(path, "version")) {
            json_object_put(wrong);
            continue;
        }
        if (kind < 3)
            json_object_object_add(owner, name, wrong);
        else if (field->optional && !is_vital(path))
            continue;
        else
            json_object_object_del(owner, name);
        check_repair(document, path);
    }
}

/* complaint("state: one damaged member costs the whole identity") */
static void test_each_member(void **state)
{
    (void)state;
    visit_fields(schema_state_file, "", damage);
}

static void test_unknown_members(void **state)
{
    static const char *const owners[] = { "x", "settings.x", "registration.x", "registration.tenant.x",
        "commits.x" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(owners); i++) {
        _cleanup_json_ json_object *document = fixture_parse(whole);
        const char *name;
        json_object *owner = find_owner(document, owners[i], &name);

        json_object_object_add(owner, "first", json_object_new_int(1));
        json_object_object_add(owner, "second", json_object_new_object());
        check_repair(document, owners[i]);
        assert_null(json_object_object_get(owner, "first"));
    }
}

static json_object *damaged(const char *member, json_object *value)
{
    json_object *document = fixture_parse(whole), *registration = document_registration(document);

    document_set(registration, member, value);
    return document;
}

/* A lost description of the certificate makes a renewal due at once. */
static void test_certificate_info(void **state)
{
    _cleanup_json_ json_object *document = damaged("certificateInfo", json_object_new_int(1));
    json_object *registration = document_registration(document);
    int64_t now = (int64_t)time(NULL);
    char dropped[128];

    (void)state;
    assert_int_equal(repair_document(document, dropped, sizeof(dropped)), 0);
    assert_string_equal(dropped, "registration.certificateInfo");
    json_object *info = json_get_object(registration, "certificateInfo");
    assert_string_equal(json_get_string(info, "serial"), "unknown");
    assert_true(json_get_int(info, "notAfter", 0) > now);
    assert_true(json_get_int(registration, "nextRenewal", 0) <= now);
}

/* The certificate also has the guid; a subject of another form does not. */
static void test_guid(void **state)
{
    static const char *const subjects[] = { "CN=somebody", ("CN=" GUID "0"), ("O=" GUID),
        "CN=zzzzzzzz-0000-4000-8000-000000000001" };
    _cleanup_json_ json_object *document = damaged("guid", json_object_new_int(1));
    char dropped[128];

    (void)state;
    assert_int_equal(repair_document(document, dropped, sizeof(dropped)), 0);
    assert_string_equal(json_get_string(document_registration(document), "guid"), GUID);
    for (size_t i = 0; i < ELEMENTS(subjects); i++) {
        _cleanup_json_ json_object *other = damaged("guid", NULL);

        document_set_string(
            json_get_object(document_registration(other), "certificateInfo"), "subject", subjects[i]);
        assert_int_equal(repair_document(other, dropped, sizeof(dropped)), 1);
        assert_null(json_get_string(document_registration(other), "guid"));
    }
}

/* A renewal that is damaged begins again with the old pair. */
static void test_renewal(void **state)
{
    static const char *const members[] = { "renewalStep", "newPrivateKey", "newCertificate",
        "newCertificateInfo" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(members); i++) {
        _cleanup_json_ json_object *document = damaged(members[i], json_object_new_boolean(true));
        json_object *registration = document_registration(document);
        char dropped[128];

        assert_int_equal(repair_document(document, dropped, sizeof(dropped)), 0);
        if (i > 0)
            assert_null(json_get_string(registration, "renewalStep"));
        assert_string_equal(json_get_string(registration, "certificate"), "CERT");
    }
}

static void test_nothing_good(void **state)
{
    static const char *const texts[] = { "{}", "{\"version\":3}", "{\"settings\":[],\"registration\":\"x\"}",
        "{\"version\":3,\"commits\":[]}" };
    char dropped[128];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        _cleanup_json_ json_object *document = fixture_parse(texts[i]);

        assert_int_equal(repair_document(document, dropped, sizeof(dropped)), -EBADMSG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_each_member),
        cmocka_unit_test(test_unknown_members),
        cmocka_unit_test(test_certificate_info),
        cmocka_unit_test(test_guid),
        cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_nothing_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
