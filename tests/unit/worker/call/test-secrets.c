#include "worker/call/secrets.h"

#include "unit/helpers/test-certificates.h"
#include "worker/call/failure.h"

#include <errno.h>

#define TOKEN "a/To\\ken\"1&2"

static json_object *parameters(void)
{
    static const char text[] = "{\"token\":\"a/To\\\\ken\\\"1&2\",\"enrollment\":{\"username\":\"unit\","
                               "\"secret\":\"once-only\"},\"network\":{\"proxyUser\":\"joe\","
                               "\"proxyPassword\":\"abc def\"}}";
    json_object *object = json_tokener_parse(text);

    assert_non_null(object);
    return object;
}

static void test_forms(void **state)
{
    static const struct {
        const char *text, *clean;
    } rows[] = {
        { "nothing of it", "nothing of it" },
        { "it was " TOKEN "!", "it was [secret]!" },
        { TOKEN TOKEN, "[secret][secret]" },
        { "a%2fTo%5Cken%221%262 is bad", "[secret] is bad" },
        { "{\"token\":\"a\\/To\\\\ken\\\"1&2\"}", "{\"token\":\"[secret]\"}" },
        { "a/To\\u005cken\\u00221\\u00262", "[secret]" },
        { "<p>a/To\\ken&quot;1&amp;2</p>", "<p>[secret]</p>" },
        { "Bearer once-only", "Bearer [secret]" },
        { "Basic dW5pdDpvbmNlLW9ubHk=", "Basic [secret]=" },
        { "Proxy-Authorization: Basic am9lOmFiYyBkZWY", "Proxy-Authorization: Basic [secret]" },
        { "p=abc+def&q=abc%20def", "p=[secret]&q=[secret]" },
        /* Texts that were cut elsewhere. */
        { "refused once-onl", "refused [secret]" },
        { "refused a/To\\ken%2", "refused [secret]" },
        { "not at all once", "not at all [secret]" },
        { "not at all onc", "not at all onc" },
    };
    _cleanup_json_ json_object *object = parameters();
    struct secrets secrets;
    char out[200];

    (void)state;
    assert_int_equal(secrets_read(object, &secrets), 0);
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        assert_string_equal(secrets_redact(&secrets, rows[i].text, out, sizeof(out)), rows[i].clean);
        assert_int_equal(secrets_in(&secrets, rows[i].text), !streq(rows[i].text, rows[i].clean));
    }
    secrets_done(&secrets);
    assert_string_equal(secrets_redact(NULL, TOKEN, out, sizeof(out)), TOKEN);
    assert_string_equal(secrets_redact(&secrets, TOKEN, out, sizeof(out)), TOKEN);
}

/* A secret of three bytes is not masked. */
static void test_short(void **state)
{
    _cleanup_json_ json_object *object = json_tokener_parse("{\"token\":\"the\"}");
    struct secrets secrets;
    char out[32];

    (void)state;
    assert_int_equal(secrets_read(object, &secrets), 0);
    assert_string_equal(secrets_redact(&secrets, "the cloud", out, sizeof(out)), "the cloud");
    secrets_done(&secrets);
}

/* A cut at any byte leaves no beginning of a secret. */
static void test_cut(void **state)
{
    _cleanup_json_ json_object *object = parameters();
    struct secrets secrets;
    struct failure failure = FAILURE_INIT;
    char text[700], out[512];

    (void)state;
    assert_int_equal(secrets_read(object, &secrets), 0);
    failure.secrets = &secrets;
    for (size_t n = 0; n < 600; n++) {
        memset(text, '.', n);
        strcpy(text + n, "once-only");
        for (size_t size = 8; size <= sizeof(out); size += 63) {
            failure_quote(&failure, text, out, size);
            assert_null(strchr(out, 'o'));
        }
        assert_int_equal(failure_set(&failure, REASON_SERVER_ERROR, "%s", text), -EREMOTEIO);
        assert_null(strchr(failure.message, 'o'));
    }
    secrets_done(&secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
