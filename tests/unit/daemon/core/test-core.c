/* The name of the appliance, with and without one in the configuration. */
#include "unit/helpers/daemon/fixture.h"

#include <sys/utsname.h>

static struct fixture f;

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static void test_name_of_the_configuration(void **state)
{
    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "identity = { name = \"sma.example\"; };");
    assert_string_equal(core_appliance_name(f.core), "sma.example");
}

static void test_name_of_the_host(void **state)
{
    struct utsname host;

    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "");
    assert_int_equal(uname(&host), 0);
    assert_string_equal(core_appliance_name(f.core), host.nodename);
}

/* The server that is used: of the registration, else of the settings, else of the configuration; only one that is known. */
static void test_region(void **state)
{
    struct refusal refusal;

    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "settings = { server = \"EUROPE\"; };");
    assert_string_equal(core_used_region_label(f.core), "EUROPE");
    assert_false(core_region_is_unknown(f.core));
    assert_true(core_check_region(f.core, &refusal));
    fixture_stop(&f);
    fixture_write_state(&f,
        "{\"version\":3,\"settings\":{\"enabled\":true,\"server\":\"MARS\",\"revision\":1},\"commits\":[],"
        "\"registration\":{\"state\":\"unregistered\",\"since\":1500000000}}");
    fixture_start_core(&f, "settings = { server = \"EUROPE\"; };");
    assert_string_equal(core_used_region_label(f.core), "MARS");
    assert_true(core_region_is_unknown(f.core));
    assert_false(core_check_region(f.core, &refusal));
    assert_int_equal(refusal.reason, REASON_SERVER_UNKNOWN);
    assert_non_null(strstr(refusal.message, "MARS"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_name_of_the_configuration),
        TEST(test_name_of_the_host),
        TEST(test_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
