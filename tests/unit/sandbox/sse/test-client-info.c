/* The JSON bodies of devices: which are taken, and why the others are refused. */
#include "sandbox/sse/client-info.h"

#include "unit/helpers/sandbox/answer.h"

#include <string.h>

#define INFO(guid) "{\"guid\":\"" guid "\",\"name\":\"n\",\"type\":\"t\",\"version\":\"1\""

static struct answer answer;

static int tear_down(void **state)
{
    (void)state;
    answer_done(&answer);
    return 0;
}

static json_object *parse(const char *text)
{
    json_object *document = json_tokener_parse(text);

    assert_non_null(document);
    return document;
}

static void test_bodies(void **state)
{
    static const char *const bad[] = { "", "[]", "7", "{", "{} {}", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}" };
    struct request request = { .body = "{\"a\":1}", .size = 7 };
    _cleanup_json_ json_object *body = NULL, *none = NULL;

    (void)state;
    assert_int_equal(request_read_json(&request, &answer, &body), 1);
    assert_int_equal(json_get_int(body, "a", 0), 1);
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        request.body = bad[i];
        request.size = strlen(bad[i]);
        assert_int_equal(request_read_json(&request, &answer, &none), 0);
        assert_error(&answer, 400, "malformed");
    }
    request = (struct request){ .body = "{}", .size = 2, .too_large = true };
    assert_int_equal(request_read_json(&request, &answer, &none), 0);
    assert_error(&answer, 413, "malformed");
}

/* Checks a clientInfo; returns "" or the message of the refusal, valid until the next call. */
static const char *check(const char *info, const char *guid)
{
    static char message[128];
    _cleanup_json_ json_object *body = json_object_new_object(), *refusal = NULL;
    json_object *found = NULL;

    assert_int_equal(json_add(body, "clientInfo", info ? parse(info) : NULL), 0);
    if (client_info_check(&answer, body, guid, &found) == 1) {
        assert_ptr_equal(found, json_get_object(body, "clientInfo"));
        return "";
    }
    assert_error(&answer, 400, "malformed");
    refusal = parse(answer.body);
    snprintf(message, sizeof(message), "%s", json_get_string(json_get_object(refusal, "error"), "message"));
    return message;
}

static void test_client_info(void **state)
{
    (void)state;
    assert_string_equal(check(INFO(GUID) "}", NULL), "");
    assert_string_equal(check(INFO(GUID) "}", GUID), "");
    assert_string_equal(check(INFO(GUID) ",\"ip\":\"::1\",\"description\":\"d\",\"more\":1}", NULL), "");
    assert_string_equal(check(NULL, NULL), "clientInfo is missing or is not an object.");
    assert_string_equal(check("[]", NULL), "clientInfo is missing or is not an object.");
    assert_string_equal(check(INFO(GUID) ",\"ip\":7}", NULL), "clientInfo.ip is missing or is not a string.");
    assert_string_equal(check("{\"guid\":\"" GUID "\",\"name\":\"n\",\"type\":\"t\"}", NULL),
        "clientInfo.version is missing or is not a string.");
    assert_string_equal(check(INFO("guid") "}", NULL), "clientInfo.guid is not a UUID in lower case.");
    assert_string_equal(check(INFO(GUID) "}", OTHER_GUID), "clientInfo.guid is not the guid of the path.");
}

#define SETTINGS(fqdn, interval)                                                                             \
    "{\"settings\":{\"exchange\":{\"fqdn\":" fqdn ",\"registration\":{\"refreshInterval\":" interval "}}}}"

static void test_settings(void **state)
{
    static const char *const bad[] = {
        "{}",
        SETTINGS("7", "1200"),
        SETTINGS("\"api-sse.cisco.com\"", "1200"),
        SETTINGS("\"api.eu.sse.itd.cisco.com\"", "0"),
        SETTINGS("\"api.eu.sse.itd.cisco.com\"", "\"1200\""),
    };
    const struct host *host = host_find_region(SERVICE_SSE, "EUROPE");
    _cleanup_json_ json_object *good = parse(SETTINGS("\"API.eu.sse.itd.cisco.com\"", "1200"));

    (void)state;
    assert_int_equal(client_settings_check(&answer, good, host), 1);
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        _cleanup_json_ json_object *body = parse(bad[i]);

        assert_int_equal(client_settings_check(&answer, body, host), 0);
        assert_error(&answer, 400, "malformed");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_bodies, tear_down),
        cmocka_unit_test_teardown(test_client_info, tear_down),
        cmocka_unit_test_teardown(test_settings, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
