#include "worker/call/network.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

static int read_text(
    const char *text, struct network *network, const char **invalid, json_object **ret_object)
{
    assert_int_equal(json_parse(text, strlen(text), ret_object), 0);
    return network_read(*ret_object, network, invalid);
}

static void test_all(void **state)
{
    _cleanup_json_ json_object *object = NULL;
    struct network network;
    const char *invalid = NULL;

    (void)state;
    assert_int_equal(
        read_text(
            "{\"proxy\":\"http://p:1\",\"proxyUser\":\"u\",\"proxyPassword\":\"w\",\"proxyAuth\":\"any\","
            "\"noProxy\":[\"a\",\"b.c\"],\"caBundle\":\"/b\",\"caFile\":\"/f\","
            "\"connectTo\":[\"x:1:y:2\",\"z:1:y:2\"],\"connectTimeout\":5,\"timeout\":6}",
            &network, &invalid, &object),
        0);
    assert_string_equal(network.proxy, "http://p:1");
    assert_string_equal(network.proxy_user, "u");
    assert_string_equal(network.proxy_password, "w");
    assert_false(network.proxy_digest_only);
    assert_false(network_uses_proxy(&network, "a", 443));
    assert_false(network_uses_proxy(&network, "x.b.c", 443));
    assert_true(network_uses_proxy(&network, "c", 443));
    assert_string_equal(network.ca_bundle, "/b");
    assert_string_equal(network.ca_file, "/f");
    assert_string_equal(network.connect_to->data, "x:1:y:2");
    assert_string_equal(network.connect_to->next->data, "z:1:y:2");
    assert_null(network.connect_to->next->next);
    assert_int_equal(network.connect_timeout_ms, 5);
    assert_int_equal(network.timeout_ms, 6);
    network_done(&network);
    assert_null(network.connect_to);
}

static void test_least(void **state)
{
    _cleanup_json_ json_object *object = NULL;
    struct network network;
    const char *invalid = NULL;

    (void)state;
    assert_int_equal(read_text("{\"caFile\":\"/f\",\"connectTimeout\":5,\"timeout\":6,\"proxy\":null}",
                         &network, &invalid, &object),
        0);
    assert_null(network.proxy);
    assert_false(network_uses_proxy(&network, "a", 443));
    assert_null(network.connect_to);
    network_done(&network);
}

/* The entries of connect_to that lead a host and port to another place, as libcurl reads them. */
static void test_leads_elsewhere(void **state)
{
    static const struct {
        const char *entry, *host;
        unsigned port;
        bool leads;
    } cases[] = {
        { "a.example:443:127.0.0.1:8443", "a.example", 443, true },
        { "A.Example:443:127.0.0.1:8443", "a.example", 443, true },
        { "a.example:443:127.0.0.1:8443", "a.example", 8443, false },
        { "a.example:443:127.0.0.1:8443", "b.a.example", 443, false },
        { "a.example:443:127.0.0.1:8443", "a.exampl", 443, false },
        { ":443:127.0.0.1:8443", "any.example", 443, true },
        { ":443:127.0.0.1:8443", "any.example", 80, false },
        { "a.example::127.0.0.1:", "a.example", 1, true },
        { "::127.0.0.1:", "any.example", 1, true },
        { "[::1]:443:127.0.0.1:", "[::1]", 443, true },
        /* Only the port changes. */
        { "a.example:443::8443", "a.example", 443, false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct curl_slist entry = { .data = (char *)(uintptr_t)cases[i].entry };
        const struct network network = { .connect_to = &entry };

        if (network_leads_elsewhere(&network, cases[i].host, cases[i].port) != cases[i].leads)
            fail_msg("%s, %s:%u", cases[i].entry, cases[i].host, cases[i].port);
    }
}

static void assert_invalid(const char *text, const char *name)
{
    _cleanup_json_ json_object *object = NULL;
    struct network network = { 0 };
    const char *invalid = NULL;

    assert_int_equal(read_text(text, &network, &invalid, &object), -EINVAL);
    assert_string_equal(invalid, name);
    assert_null(network.connect_to);
}

static void test_refused(void **state)
{
    (void)state;
    assert_invalid("{\"connectTimeout\":5,\"timeout\":6}", "network.caBundle");
    assert_invalid("{\"caFile\":\"/f\",\"proxy\":\"socks5://p\"}", "network.proxy");
    assert_invalid("{\"caFile\":\"/f\",\"proxy\":\"http://p\"}", "network.proxy");
    assert_invalid("{\"caFile\":\"/f\",\"noProxy\":[\"a\",\"a*b\"]}", "network.noProxy");
    assert_invalid("{\"caFile\":\"/f\",\"proxy\":\"p:3128\"}", "network.proxy");
    assert_invalid("{\"caFile\":\"/f\",\"proxy\":\"http://u:w@p:3128\"}", "network.proxy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_leads_elsewhere),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
