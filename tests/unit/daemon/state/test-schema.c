/* Which members of the state are secret: the file that holds one is overwritten when it goes. */
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

#define REGISTRATION(members) "{\"version\":2,\"registration\":{\"state\":\"registering\"" members "}}"

static void test_held(void **state)
{
    static const struct {
        const char *text;
        bool held;
    } cases[] = {
        { "{}", false },
        { REGISTRATION(""), false },
        { REGISTRATION(",\"guid\":\"G\",\"certificate\":\"C\",\"trustAnchors\":\"A\""), false },
        { REGISTRATION(",\"token\":\"T\""), true },
        { REGISTRATION(",\"privateKey\":\"K\""), true },
        { REGISTRATION(",\"newPrivateKey\":\"K\""), true },
        { REGISTRATION(",\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"S\"}"), true },
        { REGISTRATION(",\"enrollment\":{\"scheme\":\"bearer\"}"), false },
        { "{\"token\":\"T\"}", false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_json_ json_object *object = fixture_parse(cases[i].text);

        print_message("%s\n", cases[i].text);
        assert_int_equal(schema_holds_secret(schema_state_file, object), cases[i].held);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
