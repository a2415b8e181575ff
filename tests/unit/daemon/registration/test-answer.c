/* What is kept of the worker's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/daemon/steps.h"

/* Applies a reply and compares what the registration is then. */
static void check_apply(
    struct fixture *f, const char *step, const char *before, const char *reply, int result, const char *after)
{
    _cleanup_json_ json_object *registration = fixture_parse(before), *answer = fixture_parse(reply);
    char name[128] = "";

    print_message("%s %s\n", step, reply);
    service_check_fields(steps_find(step)->call.reply, answer, name, sizeof(name));
    assert_string_equal(name, "");
    assert_int_equal(steps_find(step)->apply(f->core, registration, answer), result);
    answer = json_put_erased(answer);
    if (result >= 0)
        assert_string_equal(json_text(registration, NULL), after);
}

static void test_apply(void **state)
{
    struct fixture *f = *state;

    check_apply(f, "key", "{\"guid\":\"" GUID "\"}", "{\"privateKey\":\"KEY\"}", 0,
        "{\"guid\":\"" GUID "\",\"privateKey\":\"KEY\"}");
    check_apply(f, "context", "{\"a\":1}", "{\"created\":false}", 0, "{\"a\":1}");
    static const char *const urls[] = { "x", "http://e", "https://", "https://u@e", "https://e e",
        "https://e/#x" };
    for (size_t i = 0; i < ELEMENTS(urls); i++) {
        char reply[256];
        snprintf(reply, sizeof(reply),
            "{\"enrollment\":{\"url\":\"%s\",\"scheme\":\"bearer\",\"secret\":\"s\"}}", urls[i]);
        check_apply(f, "activation", "{\"token\":\"" TOKEN "\"}", reply, -EBADMSG, NULL);
    }
    check_apply(f, "activation", "{\"token\":\"" TOKEN "\"}", "{" ENROLLMENT "}", 0, "{" ENROLLMENT "}");
    check_apply(f, "activation", "{\"token\":\"" TOKEN "\"}",
        "{\"enrollment\":{\"url\":\"https://e.example/x//"
        "\",\"label\":\"eu\",\"scheme\":\"basic\",\"username\":\"u\","
        "\"secret\":\"s\",\"expires\":9},\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}",
        0,
        "{\"enrollment\":{\"url\":\"https://e.example/x//"
        "\",\"label\":\"eu\",\"scheme\":\"basic\",\"username\":\"u\","
        "\"secret\":\"s\",\"expires\":9},\"tenant\":{\"id\":\"1\",\"name\":\"T\"},\"estUrl\":\"https://"
        "e.example/x//\",\"estLabel\":\"eu\"}");
    check_apply(f, "trust", "{}", "{\"trustAnchors\":\"A\"}", 0, "{\"trustAnchors\":\"A\"}");
    check_apply(f, "confirm", "{}",
        "{\"status\":\"Enrolled\",\"refreshInterval\":60,\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}", 0,
        "{\"refreshInterval\":60,\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}");
    check_apply(
        f, "confirm", "{\"refreshInterval\":60}", "{\"status\":\"ENROLLED\"}", 0, "{\"refreshInterval\":60}");
    check_apply(f, "confirm", "{}", "{\"status\":\"Pending\"}", -EPROTO, NULL);
    check_apply(f, "refresh", "{}", "{\"status\":\"Removed\"}", -EPROTO, NULL);
    check_apply(f, "delete", "{\"a\":1}", "{\"existed\":false}", 0, "{\"a\":1}");
    check_apply(f, "renewal-key", "{\"privateKey\":\"KEY\"}", "{\"privateKey\":\"K2\"}", 0,
        "{\"privateKey\":\"KEY\",\"newPrivateKey\":\"K2\"}");
    check_apply(f, "renewal-certificate", "{\"certificate\":\"CERT\"}",
        "{\"certificate\":\"C2\",\"chain\":\"H2\",\"info\":" INFO("02") "}", 0,
        "{\"certificate\":\"CERT\",\"newCertificate\":\"C2\",\"newChain\":\"H2\","
        "\"newCertificateInfo\":" INFO("02") "}");
    check_apply(f, "renewal-proof", "{" RENEWING "}", "{\"status\":\"gone\"}", -EPROTO, NULL);
}

/* The guid is made once, a random UUID in lower case, and kept. */
static void test_guid(void **state)
{
    struct fixture *f = *state;
    _cleanup_json_ json_object *a = fixture_parse("{}"), *b = fixture_parse("{}"),
                               *reply = fixture_parse("{\"privateKey\":\"KEY\"}");

    assert_int_equal(steps_find("key")->apply(f->core, a, reply), 0);
    assert_int_equal(steps_find("key")->apply(f->core, b, reply), 0);
    const char *guid = json_get_string(a, "guid");
    assert_int_equal(strlen(guid), 36);
    for (size_t i = 0; i < 36; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        assert_true(hyphen ? guid[i] == '-' : strchr("0123456789abcdef", guid[i]) != NULL);
    }
    assert_int_equal(guid[14], '4');
    assert_string_not_equal(guid, json_get_string(b, "guid"));
}

/* complaint("certificates: an odd certificate is renewed in a loop") */
/* Two thirds of the life or up to a twentieth of it earlier; the enrolment credential is gone. */
static void test_certificate(void **state)
{
    struct fixture *f = *state;
    char reply[512];
    int64_t now = (int64_t)time(NULL), life = 300 * 86400;

    snprintf(reply, sizeof(reply),
        "{\"certificate\":\"C\",\"info\":{\"subject\":\"s\",\"issuer\":\"i\",\"serial\":\"1\",\"notBefore\":%"
        "lld,"
        "\"notAfter\":%lld,\"fingerprint\":\"f\",\"keyType\":\"ec_p256\"}}",
        (long long)now, (long long)(now + life));
    for (int i = 0; i < 100; i++) {
        _cleanup_json_ json_object *registration = fixture_parse("{" ENROLLMENT "}"),
                                   *answer = fixture_parse(reply);

        assert_int_equal(steps_find("certificate")->apply(f->core, registration, answer), 0);
        assert_null(json_get_object(registration, "enrollment"));
        assert_string_equal(json_get_string(registration, "certificate"), "C");
        assert_null(json_get_string(registration, "chain"));
        int64_t renewal = json_get_int(registration, "nextRenewal", 0);
        assert_in_range(renewal, now + life * 2 / 3 - life / 20 - 1, now + life * 2 / 3);
    }

    /* A certificate from long ago, or without any sense, is not renewed at once. */
    _cleanup_json_ json_object *registration = fixture_parse("{}");
    _cleanup_json_ json_object *answer =
        fixture_parse("{\"certificate\":\"C\",\"info\":{\"subject\":\"s\",\"issuer\":\"i\","
                      "\"serial\":\"1\",\"notBefore\":2000,\"notAfter\":1000,"
                      "\"fingerprint\":\"f\",\"keyType\":\"ec_p256\"}}");
    assert_int_equal(steps_find("certificate")->apply(f->core, registration, answer), 0);
    assert_true(json_get_int(registration, "nextRenewal", 0) > now);
}

/* complaint("certificates: the renewed certificate is used only after a restart, or with the old key") */
/* The new pair takes the place of the old one as a whole: the old chain does not stay. */
static void test_proof(void **state)
{
    struct fixture *f = *state;
    _cleanup_json_ json_object *registration = fixture_parse("{" RENEWING "}"),
                               *reply = fixture_parse("{\"status\":\"Enrolled\"}");

    assert_int_equal(steps_find("renewal-proof")->apply(f->core, registration, reply), 0);
    assert_string_equal(json_get_string(registration, "privateKey"), "K2");
    assert_string_equal(json_get_string(registration, "certificate"), "C2");
    assert_null(json_object_object_get(registration, "chain"));
    assert_string_equal(json_get_string(json_get_object(registration, "certificateInfo"), "serial"), "02");
    assert_null(json_object_object_get(registration, "newPrivateKey"));
    assert_null(json_object_object_get(registration, "newCertificate"));
    assert_null(json_object_object_get(registration, "newCertificateInfo"));
    assert_string_equal(json_get_string(registration, "guid"), GUID);
}

/* A CA that gives no later end is not asked again soon; a certificate that began long ago is renewed before its end. */
static void test_capped_end(void **state)
{
    static const struct {
        long old_end, new_begin, new_end, earliest, latest; /* seconds from now */
    } table[] = {
        { 600, -360000000, 600, 301, 305 },
        { 7199, -360000000, 7199, 3600, 3605 },
        { 36000, 0, 36000, 36000 * 60 / 100, 36000 * 67 / 100 },
        { 36000, -360000000, 36000, 3600, 3605 },
        { 72000, -360000000, 72000, 7200, 7205 },
        { 30000, -360000000, 36000, 3600, 3605 },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ELEMENTS(table); i++) {
        _cleanup_json_ json_object *registration = fixture_parse("{" RENEWING "}"),
                                   *reply = fixture_parse("{\"status\":\"Enrolled\"}");
        json_object *old = json_get_object(registration, "certificateInfo"),
                    *new = json_get_object(registration, "newCertificateInfo");
        int64_t now = (int64_t)time(NULL);

        print_message("%zu\n", i);
        json_object_object_add(old, "notAfter", json_object_new_int64(now + table[i].old_end));
        json_object_object_add(new, "notBefore", json_object_new_int64(now + table[i].new_begin));
        json_object_object_add(new, "notAfter", json_object_new_int64(now + table[i].new_end));
        assert_int_equal(steps_find("renewal-proof")->apply(f->core, registration, reply), 0);
        int64_t renewal = json_get_int(registration, "nextRenewal", 0);
        assert_in_range(renewal, now + table[i].earliest, now + table[i].latest + 60);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_apply, steps_set_up, steps_tear_down),
        cmocka_unit_test_setup_teardown(test_guid, steps_set_up, steps_tear_down),
        cmocka_unit_test_setup_teardown(test_certificate, steps_set_up, steps_tear_down),
        cmocka_unit_test_setup_teardown(test_proof, steps_set_up, steps_tear_down),
        cmocka_unit_test_setup_teardown(test_capped_end, steps_set_up, steps_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
