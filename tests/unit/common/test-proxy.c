/* The URL of a proxy, and the entries of hosts that are reached without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/memory.h"
#include "common/proxy.h"

static void test_exemptions(void **state)
{
    static const struct {
        const char *entry, *host;
        unsigned port;
        bool exempt;
    } cases[] = {
        { "api.example.com", "api.example.com", 443, true },
        { "API.Example.COM", "api.example.com", 443, true },
        { "example.com", "api.example.com.", 443, true },
        { "example.com.", "api.example.com", 443, true },
        { ".example.com", "api.example.com", 443, true },
        { ".example.com", "example.com", 443, true },
        { "*.example.com", "api.example.com", 443, true },
        { "*.example.com", "example.com", 443, true },
        { "*.example.com", "notexample.com", 443, false },
        { "com", "api.example.com", 443, true },
        { "*", "api.example.com", 443, true },
        { "*", "[::1]", 443, true },
        { "pi.example.com", "api.example.com", 443, false },
        { "www.api.example.com", "api.example.com", 443, false },
        { "example", "api.example.com", 443, false },
        /* Ports. */
        { "api.example.com:443", "api.example.com", 443, true },
        { "api.example.com:443", "api.example.com", 8443, false },
        { "*.example.com:8443", "api.example.com", 8443, true },
        { "10.0.0.1:443", "10.0.0.1", 443, true },
        { "10.0.0.1:443", "10.0.0.1", 444, false },
        { "[::1]:443", "[::1]", 443, true },
        { "[::1]:443", "[::1]", 444, false },
        /* Addresses. */
        { "10.0.0.1", "10.0.0.1", 443, true },
        { "10.0.0.1", "10.0.0.2", 443, false },
        { "::1", "[::1]", 443, true },
        { "[::1]", "[::1]", 443, true },
        { "[0:0:0:0:0:0:0:1]", "[::1]", 443, true },
        { "[::1]", "[::2]", 443, false },
        { "10.0.0.0/8", "10.255.0.1", 443, true },
        { "10.0.0.0/8", "11.0.0.1", 443, false },
        { "10.128.0.0/9", "10.129.0.1", 443, true },
        { "10.128.0.0/9", "10.127.0.1", 443, false },
        { "0.0.0.0/0", "192.0.2.1", 443, true },
        { "0.0.0.0/0", "[::1]", 443, false },
        { "10.0.0.1/32", "10.0.0.1", 443, true },
        { "10.0.0.1/32", "10.0.0.0", 443, false },
        { "fd00::/8", "[fd12::1]", 443, true },
        { "[fd00::]/8", "[fe00::1]", 443, false },
        { "10.*", "10.1.2.3", 443, true },
        { "10.*", "11.1.2.3", 443, false },
        { "10.1.*", "10.1.2.3", 443, true },
        { "10.1.*.*", "10.1.2.3", 443, true },
        { "10.1.*", "10.2.2.3", 443, false },
        { "10.1.2.*", "10.1.2.255", 443, true },
        { "10.*", "10.example.com", 443, false },
        { "example.com", "10.0.0.1", 443, false },
        /* Names without a dot. */
        { "<local>", "cloud", 443, true },
        { "<LOCAL>", "cloud", 443, true },
        { "<local>", "cloud.example", 443, false },
        { "<local>", "10.0.0.1", 443, false },
        { "<local>", "[::1]", 443, false },
        { "example.com", "", 443, false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_true(proxy_exemption_is_valid(cases[i].entry));
        if (proxy_exempts(cases[i].entry, cases[i].host, cases[i].port) != cases[i].exempt)
            fail_msg("%s, %s:%u", cases[i].entry, cases[i].host, cases[i].port);
    }
}

static void test_entries_that_are_refused(void **state)
{
    static const char *const entries[] = { "", ".", "..", "*.", "**", "*cisco.com", "a*b", "api.*",
        "api.*.com", "10.*.1", "*.10", "10.*.*.*.*", "10.1.2.3.*", "256.*", "10", "10.0.0", "10.0.0.0/33",
        "10.0.0.0/", "10.0.0.0/8x", "10.0.0/8", "::/129", "[::1", "[::1]x", "[::1]:", "[10.0.0.1]",
        "host:", "host:0", "host:65536", "host:443x", "host:443:444", "http://host", "host/path", "a b",
        "a,b", "<remote>", "-host", "a..b", "h\xc3\xb6st" };
    char longest[254 + 1];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(entries); i++) {
        if (proxy_exemption_is_valid(entries[i]))
            fail_msg("%s", entries[i]);
        assert_false(proxy_exempts(entries[i], "host", 443));
    }
    memset(longest, 'a', sizeof(longest));
    longest[254] = 0;
    assert_false(proxy_exemption_is_valid(longest));
    longest[253] = 0;
    assert_true(proxy_exemption_is_valid(longest));
}

static void test_urls(void **state)
{
    static const char *const good[] = { "http://proxy:3128", "HTTP://proxy.example:1/", "https://proxy:443",
        "http://10.0.0.1:65535", "http://[::1]:3128", "https://[fd00::1]:3128/" };
    /* libcurl would take port 1080 for an URL without one. */
    static const char *const bad[] = { "", "proxy:3128", "http://proxy", "http://proxy/",
        "http://proxy:", "http://proxy:0", "http://proxy:65536", "http://:3128",
        "http://user:word@proxy:3128", "http://*:3128", "http://<local>:1", "http://.proxy:1",
        "http://10.0.0.0/8:1", "http://[::1]", "http://proxy:1/path", "http://proxy:1?x",
        "socks5://proxy:1080", "ftp://proxy:1", "http://a b:1" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++)
        if (!proxy_url_is_valid(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        if (proxy_url_is_valid(bad[i]))
            fail_msg("%s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exemptions),
        cmocka_unit_test(test_entries_that_are_refused),
        cmocka_unit_test(test_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
