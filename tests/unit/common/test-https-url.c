/* The URLs that name a server, each part at its limits. The worker's own test has that libcurl takes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/https-url.h"
#include "common/limits.h"
#include "common/memory.h"
#include "unit/helpers/https-urls.h"

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(https_urls); i++) {
        print_message("%s\n", https_urls[i].text);
        assert_int_equal(https_url_is_valid(https_urls[i].text), https_urls[i].valid);
    }
}

static void test_lengths(void **state)
{
    char url[LIMIT_URL + 2];
    (void)state;

    for (size_t length = LIMIT_URL - 1; length <= LIMIT_URL + 1; length++) {
        snprintf(url, sizeof(url), "https://host/");
        memset(url + 13, 'a', length - 13);
        url[length] = 0;
        assert_int_equal(https_url_is_valid(url), length <= LIMIT_URL);
    }
    for (size_t length = 252; length <= 254; length++) {
        snprintf(url, sizeof(url), "https://");
        memset(url + 8, 'a', length);
        snprintf(url + 8 + length, 8, ":443/");
        assert_int_equal(https_url_is_valid(url), length <= 253);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
