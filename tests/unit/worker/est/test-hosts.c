#include "worker/est/hosts.h"

#include "unit/helpers/test-certificates.h"
#include "worker/http/url.h"

#define HOSTS                                                                                                \
    "{\"hosts\":[\"est.sco.example\",\".sco.example\",\"*.eu.example\",\"192.0.2.1\",\"[2001:db8::1]\"]}"

static void test_allowed(void **state)
{
    static const struct {
        const char *url;
        bool allowed, named;
    } cases[] = {
        { "https://est.sco.example/", true, true },
        { "https://EST.sco.Example./", true, true },
        { "https://est.sco.example:8443/x", true, true },
        { "https://sco.example/", true, false },
        { "https://other.sco.example/", true, false },
        { "https://a.b.sco.example/", true, false },
        { "https://est.eu.example/", true, false },
        { "https://notsco.example/", false, false },
        { "https://est.sco.example.evil.example/", false, false },
        { "https://example/", false, false },
        { "https://localhost/", false, false },
        /* Addresses, in any spelling. */
        { "https://192.0.2.1/", true, true },
        { "https://[2001:db8:0:0::1]/", true, true },
        { "https://0xc0.0.2.1/", true, true },
        { "https://192.0.2.2/", false, false },
        { "https://127.0.0.1/", false, false },
        { "https://0x7f.1/", false, false },
        { "https://2130706433/", false, false },
        { "https://017700000001/", false, false },
        { "https://127.1:22/", false, false },
        { "https://169.254.169.254/", false, false },
        { "https://[::1]/", false, false },
        { "https://[::ffff:192.0.2.1]/", false, false },
        { "https://[fe80::1]/", false, false },
        { "https://0/", false, false },
    };
    _cleanup_json_ json_object *object = NULL, *none = json_object_new_array();
    struct url_parts parts;
    bool named;

    (void)state;
    assert_int_equal(json_parse(HOSTS, strlen(HOSTS), &object), 0);
    json_object *hosts = json_get_array(object, "hosts");
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_int_equal(url_parse(cases[i].url, &parts), 0);
        if (est_host_is_allowed(hosts, parts.host, &named) != cases[i].allowed || named != cases[i].named)
            fail_msg("%s", cases[i].url);
    }
    assert_true(est_host_is_allowed(NULL, "anything", &named) && named);
    assert_false(est_host_is_allowed(none, "anything", &named) || named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
