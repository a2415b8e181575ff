/* Changes of a document: members that are set and dropped, and what is forgotten together. */
#include "daemon/state/document.h"

#include "daemon/state/schema.h"
#include "unit/helpers/daemon/fixture.h"

static void test_parts(void **state)
{
    _cleanup_json_ json_object *document =
        fixture_parse("{\"settings\":{\"a\":1},\"commits\":[2],\"registration\":{\"b\":3}}");
    _cleanup_json_ json_object *wrong = fixture_parse("{\"settings\":[],\"commits\":{},\"registration\":1}");

    (void)state;
    assert_string_equal(json_text(document_settings(document), NULL), "{\"a\":1}");
    assert_string_equal(json_text(document_commits(document), NULL), "[2]");
    assert_string_equal(json_text(document_registration(document), NULL), "{\"b\":3}");
    assert_null(document_settings(wrong));
    assert_null(document_commits(wrong));
    assert_null(document_registration(wrong));
    assert_null(document_registration(NULL));
}

static void test_set(void **state)
{
    _cleanup_json_ json_object *part = json_object_new_object();

    (void)state;
    assert_int_equal(document_set(part, "a", json_object_new_int(1)), 0);
    assert_int_equal(document_set_string(part, "b", "x"), 0);
    assert_string_equal(json_text(part, NULL), "{\"a\":1,\"b\":\"x\"}");
    assert_int_equal(document_set(part, "a", json_object_new_boolean(true)), 0);
    assert_int_equal(document_set_string(part, "b", ""), 0);
    assert_string_equal(json_text(part, NULL), "{\"a\":true,\"b\":\"\"}");
    assert_int_equal(document_set(part, "a", NULL), 0);
    assert_int_equal(document_set_string(part, "b", NULL), 0);
    assert_int_equal(document_set(part, "none", NULL), 0);
    assert_string_equal(json_text(part, NULL), "{}");
    /* Without a part there was no memory for it; the value is put all the same. */
    assert_int_equal(document_set(NULL, "a", json_object_new_int(1)), -ENOMEM);
}

/* An old value is overwritten, whatever takes its place, and what is nested in it, too. */
static void test_old_values_are_erased(void **state)
{
    static const char *const texts[] = { "{\"a\":\"top secret\"}", "{\"a\":{\"b\":[\"top secret\"]}}" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++)
        for (int drop = 0; drop < 2; drop++) {
            _cleanup_json_ json_object *part = fixture_parse(texts[i]);
            _cleanup_json_ json_object *kept = json_object_get(json_object_object_get(part, "a"));

            assert_int_equal(document_set(part, "a", drop ? NULL : json_object_new_string("new")), 0);
            assert_null(strstr(json_text(kept, NULL), "secret"));
            assert_string_equal(json_text(part, NULL), drop ? "{}" : "{\"a\":\"new\"}");
        }
}

static const struct service_field *registration_fields(void)
{
    for (const struct service_field *field = schema_state_file; field->name; field++)
        if (streq(field->name, "registration"))
            return field->fields;
    fail();
    return NULL;
}

/* A registration that has a member for each of the schema. */
static json_object *make_full_registration(void)
{
    json_object *registration = json_object_new_object();

    for (const struct service_field *field = registration_fields(); field->name; field++)
        json_object_object_add(registration, field->name, json_object_new_int(1));
    return registration;
}

/* Of all that the schema allows only these outlive an attempt: a new member has to be put on one side or the other. */
static void test_forget_attempt(void **state)
{
    _cleanup_json_ json_object *registration = make_full_registration();

    (void)state;
    document_forget_attempt(registration);
    assert_string_equal(json_text(registration, NULL),
        "{\"state\":1,\"since\":1,\"guid\":1,\"lastFailure\":1,\"requestedBy\":1}");
    document_forget_attempt(registration);
    assert_int_equal(json_object_object_length(registration), 5);
}

static void test_forget_identity(void **state)
{
    _cleanup_json_ json_object *document =
        fixture_parse("{\"version\":2,\"machineId\":\"m\",\"everRegistered\":true}");

    (void)state;
    json_object_object_add(document, "registration", make_full_registration());
    document_forget_identity(document);
    assert_string_equal(json_text(document, NULL),
        "{\"version\":2,\"everRegistered\":true,\"registration\":{\"state\":1,\"since\":1,\"lastFailure\":1,"
        "\"requestedBy\":1}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_old_values_are_erased),
        cmocka_unit_test(test_forget_attempt),
        cmocka_unit_test(test_forget_identity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
