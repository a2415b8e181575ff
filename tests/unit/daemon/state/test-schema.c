/* Which members of the state are secret, and when one of them is dropped: its bytes on disk are to be overwritten then. */
#include "daemon/state/schema.h"

#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

/* Writes the paths of the secrets below some fields, with a blank before each. */
static void list_secrets(const struct service_field *fields, const char *path, char *out, size_t size)
{
    for (; fields->name; fields++) {
        char inner[128];

        snprintf(inner, sizeof(inner), "%s.%s", path, fields->name);
        if (fields->secret)
            snprintf(out + strlen(out), size - strlen(out), " %s", inner + 1);
        if (fields->fields)
            list_secrets(fields->fields, inner, out, size);
    }
}

/* A new secret member is to be flagged: then it needs a case below. */
static void test_secrets(void **state)
{
    char secrets[512] = "";

    (void)state;
    list_secrets(schema_state_file, "", secrets, sizeof(secrets));
    assert_string_equal(secrets, " registration.token registration.privateKey registration.enrollment.secret"
                                 " registration.newPrivateKey");
}

static bool drops(const char *before, const char *after)
{
    _cleanup_json_ json_object *old = fixture_parse(before), *new = fixture_parse(after);

    return schema_drops_secret(schema_state_file, old, new);
}

#define REGISTRATION(members) "{\"version\":2,\"registration\":{\"state\":\"registering\"" members "}}"
#define CREDENTIAL(secret, more) ",\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"" secret "\"" more "}"

static void test_dropped(void **state)
{
    static const struct {
        const char *before, *after;
        bool drops;
    } cases[] = {
        /* Each secret: dropped, changed, kept, new. */
        { REGISTRATION(",\"token\":\"T\""), REGISTRATION(""), true },
        { REGISTRATION(",\"token\":\"T\""), REGISTRATION(",\"token\":\"U\""), true },
        { REGISTRATION(",\"token\":\"T\""), REGISTRATION(",\"token\":\"T\""), false },
        { REGISTRATION(""), REGISTRATION(",\"token\":\"T\""), false },
        { REGISTRATION(",\"privateKey\":\"K\""), REGISTRATION(""), true },
        { REGISTRATION(",\"privateKey\":\"K\""), REGISTRATION(",\"privateKey\":\"L\""), true },
        { REGISTRATION(",\"privateKey\":\"K\""), REGISTRATION(",\"privateKey\":\"K\""), false },
        { REGISTRATION(""), REGISTRATION(",\"privateKey\":\"K\""), false },
        { REGISTRATION(",\"newPrivateKey\":\"K\""), REGISTRATION(""), true },
        { REGISTRATION(",\"newPrivateKey\":\"K\""), REGISTRATION(",\"newPrivateKey\":\"L\""), true },
        { REGISTRATION(",\"newPrivateKey\":\"K\""), REGISTRATION(",\"newPrivateKey\":\"K\""), false },
        /* It takes the place of the old key: its own bytes stay, but those of the old one go. */
        { REGISTRATION(",\"privateKey\":\"K\",\"newPrivateKey\":\"L\""),
            REGISTRATION(",\"privateKey\":\"L\""), true },
        /* Nested: with its object, alone, beside a change of something else. */
        { REGISTRATION(CREDENTIAL("S", "")), REGISTRATION(""), true },
        { REGISTRATION(CREDENTIAL("S", "")), REGISTRATION(CREDENTIAL("R", "")), true },
        { REGISTRATION(CREDENTIAL("S", "")), REGISTRATION(CREDENTIAL("S", ",\"expires\":9")), false },
        { REGISTRATION(CREDENTIAL("S", ",\"expires\":9")), REGISTRATION(CREDENTIAL("S", "")), false },
        { REGISTRATION(""), REGISTRATION(CREDENTIAL("S", "")), false },
        /* The last one of several, and the whole registration. */
        { REGISTRATION(",\"token\":\"T\",\"privateKey\":\"K\",\"newPrivateKey\":\"L\""),
            REGISTRATION(",\"token\":\"T\",\"privateKey\":\"K\""), true },
        { REGISTRATION(",\"token\":\"T\""), "{\"version\":2}", true },
        /* What is no secret may go. */
        { REGISTRATION(",\"certificate\":\"C\",\"guid\":\"G\",\"trustAnchors\":\"A\""), REGISTRATION(""),
            false },
        { "{\"machineId\":\"m\",\"settings\":{\"enabled\":true}}", "{}", false },
        { "{}", "{}", false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        print_message("%s -> %s\n", cases[i].before, cases[i].after);
        assert_int_equal(drops(cases[i].before, cases[i].after), cases[i].drops);
    }
}

/* Secrets within arrays of objects, as no table has them yet. */
static void test_arrays(void **state)
{
    static const struct service_field inner[] = { { "s", SERVICE_STRING, true, .secret = true },
        { "p", SERVICE_STRING, true }, { 0 } };
    static const struct service_field fields[] = { { "list", SERVICE_OBJECTS, true, 0, 9, NULL, inner },
        { 0 } };
    static const struct {
        const char *before, *after;
        bool drops;
    } cases[] = {
        { "{\"list\":[{\"s\":\"a\"},{\"s\":\"b\"}]}", "{\"list\":[{\"s\":\"a\"},{\"s\":\"b\"}]}", false },
        { "{\"list\":[{\"s\":\"a\"},{\"s\":\"b\"}]}", "{\"list\":[{\"s\":\"a\"}]}", true },
        { "{\"list\":[{\"s\":\"a\"}]}", "{\"list\":[]}", true },
        { "{\"list\":[{\"s\":\"a\"}]}", "{}", true },
        { "{}", "{\"list\":[{\"s\":\"a\"}]}", false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_json_ json_object *old = fixture_parse(cases[i].before);
        _cleanup_json_ json_object *new = fixture_parse(cases[i].after);

        assert_int_equal(schema_drops_secret(fields, old, new), cases[i].drops);
    }
}

/* The shared types take what the other tests use as their examples. */
static void test_shared_types(void **state)
{
    _cleanup_json_ json_object *info = fixture_parse(INFO("01")), *whole = fixture_parse("{" ENROLLMENT "}");
    _cleanup_json_ json_object *tenant = fixture_parse("{\"id\":\"1\",\"name\":\"T\"}");
    char field[64];
    size_t n = 0;

    (void)state;
    assert_int_equal(service_check_fields(schema_certificate_info, info, field, sizeof(field)), 0);
    assert_int_equal(
        service_check_fields(schema_enrollment, json_get_object(whole, "enrollment"), field, sizeof(field)),
        0);
    assert_int_equal(service_check_fields(schema_tenant, tenant, field, sizeof(field)), 0);
    json_object_object_del(tenant, "name");
    assert_int_equal(service_check_fields(schema_tenant, tenant, field, sizeof(field)), -EINVAL);
    while (schema_key_types[n])
        n++;
    assert_int_equal(n, 4);
    assert_string_equal(schema_key_types[0], "ec_p256");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_shared_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
