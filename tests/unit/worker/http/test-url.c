#include "worker/http/url.h"

#include "unit/helpers/https-urls.h"
#include "unit/helpers/test-certificates.h"

#include <errno.h>

static void test_parse(void **state)
{
    static const char *const bad[] = { "", "x", "http://a.example/", "ftp://a.example/", "https://",
        "https:///path", "https://u@a.example/", "https://u:p@a.example/", "https://a.example/#x",
        "https://a.example/ b", "https://a.example/\r\nX: y", "https://a.example/\xc3\xa4", "//a.example/",
        "a.example" };
    struct url_parts parts;
    char long_url[LIMIT_URL + 32] = "https://a.example/";

    (void)state;
    assert_int_equal(url_parse("https://API.eu.example/v1/contexts?x=1", &parts), 0);
    assert_string_equal(parts.authority, "API.eu.example:443");
    assert_string_equal(parts.path, "/v1/contexts");
    assert_int_equal(url_parse("https://[::1]:8443", &parts), 0);
    assert_string_equal(parts.authority, "[::1]:8443");
    assert_string_equal(parts.path, "/");
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        if (url_parse(bad[i], &parts) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    memset(long_url + strlen(long_url), 'a', sizeof(long_url) - strlen(long_url) - 1);
    assert_int_equal(url_parse(long_url, &parts), -EINVAL);
}

/* The worker takes what the daemon takes, for each operation, and refuses the rest. */
static void test_agreement(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(https_urls); i++) {
        _cleanup_free_ char *url = NULL;
        struct url_parts parts;
        int expected = https_urls[i].valid ? 0 : -EINVAL;

        print_message("%s\n", https_urls[i].text);
        assert_int_equal(url_parse(https_urls[i].text, &parts), expected);
        assert_int_equal(url_est(https_urls[i].text, "label", "simplereenroll", &url), expected);
        if (url)
            assert_int_equal(url_parse(url, &parts), 0);
    }
}

static void test_est(void **state)
{
    static const struct {
        const char *base, *url, *label;
    } cases[] = {
        { "https://e.example/.well-known/est", "https://e.example/.well-known/est/cacerts" },
        { "https://e.example/.well-known/est/", "https://e.example/.well-known/est/cacerts" },
        { "https://e.example/.well-known/est///", "https://e.example/.well-known/est/cacerts" },
        { "https://e.example/.well-known/est/Label", "https://e.example/.well-known/est/Label/cacerts" },
        { "https://e.example/.well-known/est/eu/simpleenroll/",
            "https://e.example/.well-known/est/eu/cacerts" },
        { "https://e.example/.well-known/est/cacerts", "https://e.example/.well-known/est/cacerts" },
        { "https://e.example:8443/.well-known/est/csrattrs",
            "https://e.example:8443/.well-known/est/cacerts" },
        { "https://e.example", "https://e.example/.well-known/est/cacerts" },
        { "https://e.example/", "https://e.example/.well-known/est/cacerts" },
        { "https://e.example/other/CACERTS", "https://e.example/other/CACERTS/cacerts" },
        { "https://e.example", "https://e.example/.well-known/est/eu/cacerts", "eu" },
        { "https://e.example/", "https://e.example/.well-known/est/eu/cacerts", "eu" },
        { "https://e.example:8443", "https://e.example:8443/.well-known/est/eu/cacerts", "/eu/" },
        { "https://[::1]:8443", "https://[::1]:8443/.well-known/est/eu/cacerts", "eu" },
        { "https://e.example/.well-known/est", "https://e.example/.well-known/est/eu/cacerts", "eu" },
        { "https://e.example/.well-known/est//", "https://e.example/.well-known/est/eu/cacerts", "eu" },
        { "https://e.example/.well-known/est/cacerts", "https://e.example/.well-known/est/eu/cacerts", "eu" },
        { "https://e.example/.well-known/est/simpleenroll/", "https://e.example/.well-known/est/eu/cacerts",
            "eu" },
        { "https://e.example/p", "https://e.example/p/eu/cacerts", "eu" },
        { "https://e.example/p?q=1", "https://e.example/p/eu/cacerts", "eu" },
        { "https://e.example/a%20b", "https://e.example/a%20b/c%20d/cacerts", "c%20d" },
        { "https://e.example/p", "https://e.example/p/c%20d%3f%23%25/cacerts", "c d?#%" },
        { "https://e.example/p", "https://e.example/p/%c3%a9/cacerts", "\xc3\xa9" },
        { "https://e.example/p", "https://e.example/p/a/b/cacerts", "a/b" },
        { "https://e.example/p", "https://e.example/p/cacerts", "" },
        { "https://e.example/p", "https://e.example/p/cacerts", "/" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_free_ char *url = NULL;

        assert_int_equal(url_est(cases[i].base, cases[i].label, "cacerts", &url), 0);
        assert_string_equal(url, cases[i].url);
    }
    char *url = NULL;
    assert_int_equal(url_est("http://e.example/", NULL, "cacerts", &url), -EINVAL);
    assert_null(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_est),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
