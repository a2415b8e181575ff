/* Host names against the entries of a no-proxy list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/host.h"

static void test_matches(void **state)
{
    static const struct {
        const char *host, *entry;
        bool matches;
    } cases[] = {
        { "api.example.com", "api.example.com", true },
        { "api.example.com", "API.Example.COM", true },
        { "api.example.com.", "example.com", true },
        { "api.example.com", "example.com.", true },
        { "api.example.com", ".example.com", true },
        { "api.example.com", "com", true },
        { "api.example.com", "*", true },
        { "api.example.com", "pi.example.com", false },
        { "api.example.com", "www.api.example.com", false },
        { "api.example.com", "example", false },
        { "api.example.com", "", false },
        { "api.example.com", ".", false },
        { "api.example.com", "*.example.com", false },
        { "", "example.com", false },
        { "example.com", ".example.com", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (host_matches(cases[i].host, cases[i].entry, strlen(cases[i].entry)) != cases[i].matches)
            fail_msg("%s, %s", cases[i].host, cases[i].entry);
    /* The length counts, not a NUL. */
    assert_true(host_matches("a.b", "b,c", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_matches) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
