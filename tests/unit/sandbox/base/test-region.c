/* The table of hosts, and how a host is found in it. */
#include "sandbox/base/region.h"

#include "unit/helpers/sandbox/fixture.h"

#include <string.h>

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTS; i++) {
        const struct host *host = &cloud_hosts[i];

        /* the first of its name, so that no other row hides it */
        assert_non_null(host->name);
        assert_ptr_equal(host_find(host->name), host);
        assert_true((host->service == SERVICE_SSE) == !!host->est_label);
        if (host->region)
            assert_ptr_equal(host_find_region(host->service, host->region), host);
    }
}

static void test_names(void **state)
{
    const struct host *host = host_find("api-sse.cisco.com");

    (void)state;
    assert_non_null(host);
    assert_string_equal(host->region, "AMERICAS");
    assert_ptr_equal(host_find("API-SSE.Cisco.com"), host);
    assert_ptr_equal(host_find("api-sse.cisco.com:8443"), host);
    assert_ptr_equal(host_find("api-sse.cisco.com.:443"), host);
    assert_ptr_equal(host_find("api-sse.cisco.com."), host);
    assert_null(host_find(NULL));
    assert_null(host_find(""));
    assert_null(host_find("."));
    assert_null(host_find("api-sse.cisco.com.."));
    assert_null(host_find("api-sse.cisco.co"));
    assert_null(host_find("xapi-sse.cisco.com"));
}

static void test_services(void **state)
{
    size_t n = 0;

    (void)state;
    for (; host_at(SERVICE_SSE, n); n++)
        assert_int_equal(host_at(SERVICE_SSE, n)->service, SERVICE_SSE);
    assert_int_equal(n, 3);
    assert_string_equal(host_at(SERVICE_EST, 0)->name, EST_HOST);
    assert_null(host_at(SERVICE_EST, 1));
}

static void test_regions(void **state)
{
    (void)state;
    assert_string_equal(host_find_region(SERVICE_SSE, "europe")->est_label, "eu");
    assert_null(host_find_region(SERVICE_SSE, "ANTARCTICA"));
    /* the EST server is in no region */
    assert_null(host_find_region(SERVICE_EST, "EUROPE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_regions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
