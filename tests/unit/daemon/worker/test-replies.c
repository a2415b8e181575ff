/* The tables of the worker's replies: what each demands, and that nothing else fits. */
#include "daemon/worker/replies.h"

#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

#define TENANT "\"tenant\":{\"id\":\"1\",\"name\":\"T\"}"
#define FINDING "\"service\":\"sse\",\"host\":\"h:443\",\"step\":\"tls\",\"ok\":true,\"message\":\"m\""

/* Each table with the least that it takes, and what may come behind that. */
static const struct {
    const struct service_field *fields;
    const char *least, *more;
} tables[] = {
    { reply_generate_key, "{\"privateKey\":\"K\"", "" },
    { reply_create_context, "{", "\"created\":true" },
    { reply_activate, "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"S\"}", "," TENANT },
    { reply_trust_anchors, "{\"trustAnchors\":\"A\"", "" },
    { reply_certificate, "{\"certificate\":\"C\",\"info\":" INFO("01"),
        ",\"chain\":\"H\",\"privateKey\":\"K\"" },
    { reply_context_status, "{\"status\":\"Enrolled\"",
        ",\"refreshInterval\":1," TENANT ",\"clockOffset\":-1" },
    { reply_delete_context, "{", "\"existed\":false" },
    { reply_check, "{\"result\":{" FINDING "}", "" },
    { reply_failed, "{\"reason\":\"dns_failed\",\"message\":\"m\"",
        ",\"httpStatus\":404,\"requestId\":\"q\",\"retryAfter\":86400,\"clockOffset\":9,\"region\":\"EU\","
        "\"keyType\":\"ec_p256\"" },
};

/* The path of the first field that is wrong; "" if all fit. */
static const char *first_wrong(const struct service_field *fields, json_object *object)
{
    static char path[128];

    path[0] = 0;
    int r = service_check_fields(fields, object, path, sizeof(path));
    assert_int_equal(r, *path ? -EINVAL : 0);
    return path;
}

static json_object *make_reply(size_t table, const char *more)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s%s}", tables[table].least, more);
    return fixture_parse(text);
}

/* Each member of the least is demanded, and has one type. */
static void check_demanded(const struct service_field *fields, json_object *least)
{
    json_object_object_foreach(least, name, value)
    {
        _cleanup_json_ json_object *copy = NULL;

        (void)value;
        assert_int_equal(json_object_deep_copy(least, &copy, NULL), 0);
        json_object_object_del(copy, name);
        assert_string_equal(first_wrong(fields, copy), name);
        json_object_object_add(copy, name, json_object_new_array());
        assert_int_equal(strncmp(first_wrong(fields, copy), name, strlen(name)), 0);
    }
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(tables); i++) {
        _cleanup_json_ json_object *least = make_reply(i, ""), *most = make_reply(i, tables[i].more);

        print_message("%s\n", json_text(most, NULL));
        assert_string_equal(first_wrong(tables[i].fields, least), "");
        assert_string_equal(first_wrong(tables[i].fields, most), "");
        check_demanded(tables[i].fields, least);
        json_object_object_add(most, "unheard", json_object_new_int(1));
        assert_string_equal(first_wrong(tables[i].fields, most), "unheard");
    }
}

/* The members of what is nested are those of the state file, or of a finding. */
static void test_nested(void **state)
{
    static const struct {
        const struct service_field *fields;
        const char *text, *wrong;
    } cases[] = {
        { reply_activate, "{\"enrollment\":{\"scheme\":\"bearer\"}}", "enrollment.secret" },
        { reply_activate, "{\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"\"}}", "enrollment.secret" },
        { reply_activate, "{\"enrollment\":{\"scheme\":\"digest\",\"secret\":\"S\"}}", "enrollment.scheme" },
        { reply_activate, "{" ENROLLMENT ",\"tenant\":{\"id\":\"1\"}}", "tenant.name" },
        { reply_certificate, "{\"certificate\":\"C\",\"info\":{}}", "info.subject" },
        { reply_context_status, "{\"status\":\"E\",\"refreshInterval\":0}", "refreshInterval" },
        { reply_context_status, "{\"status\":\"E\",\"refreshInterval\":2592001}", "refreshInterval" },
        { reply_check, "{\"result\":{" FINDING ",\"certificate\":{}}}", "result.certificate.subject" },
        { reply_check,
            "{\"result\":{" FINDING ",\"certificate\":{\"subject\":\"\",\"issuer\":\"\",\"names\":[1],"
            "\"notBefore\":1,\"notAfter\":2,\"fingerprint\":\"f\"}}}",
            "result.certificate.names" },
        { reply_check,
            "{\"result\":{" FINDING ",\"certificate\":{\"subject\":\"\",\"issuer\":\"\",\"names\":[],"
            "\"notBefore\":1,\"notAfter\":2,\"fingerprint\":\"f\"}}}",
            "" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_json_ json_object *object = fixture_parse(cases[i].text);

        assert_string_equal(first_wrong(cases[i].fields, object), cases[i].wrong);
    }
}

/* What must not be shown or logged is marked in every table. */
static void test_secrets(void **state)
{
    static const struct {
        const struct service_field *fields;
        const char *name;
    } secrets[] = {
        { reply_generate_key, "privateKey" },
        { reply_certificate, "privateKey" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(secrets); i++) {
        const struct service_field *field = secrets[i].fields;

        while (!streq(field->name, secrets[i].name))
            field++;
        assert_true(field->secret);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
