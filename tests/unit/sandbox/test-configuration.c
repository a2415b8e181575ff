/* The configuration of the agent that the sandbox writes. */
#include "sandbox/configuration.h"

#include "unit/helpers/sandbox/fixture.h"

#include <string.h>

static char *read_configuration(const struct store *store)
{
    char *text = NULL;

    assert_int_equal(store_read(store, "threatresponsed.conf", &text, NULL), 0);
    return text;
}

static void test_contents(void **state)
{
    const struct store *store = *state;
    _cleanup_free_ char *text = NULL;
    char bundle[96];

    assert_int_equal(configuration_write(store, 4443), 0);
    text = read_configuration(store);
    snprintf(bundle, sizeof(bundle), "  ca_bundle = \"%s/tls-ca.pem\";\n", store->path);
    assert_non_null(strstr(text, bundle));
    assert_non_null(
        strstr(text, "servers = (\n"
                     "  { label = \"APJC\"; fqdn = \"api.apj.sse.itd.cisco.com\"; supported = false; },\n"
                     "  { label = \"EUROPE\"; fqdn = \"api.eu.sse.itd.cisco.com\"; supported = true; },\n"
                     "  { label = \"AMERICAS\"; fqdn = \"api-sse.cisco.com\"; supported = true; }\n"
                     ");\n"));
    assert_non_null(strstr(text, "est = { url = \"https://est.sco.cisco.com/.well-known/est\"; };\n"));
    assert_non_null(strstr(text, "    \"api-sse.cisco.com:443:127.0.0.1:4443\",\n"));
    assert_non_null(strstr(text, "    \"est.sco.cisco.com:443:127.0.0.1:4443\"\n  );\n"));
}

static void test_changes_of_the_administrator_stay(void **state)
{
    static const char changed[] = "# mine\nnetwork = { connect_to = ( \"a:443:127.0.0.1:4443\" ); };\n";
    const struct store *store = *state;
    _cleanup_free_ char *kept = NULL, *replaced = NULL;

    assert_int_equal(store_write(store, "threatresponsed.conf", changed, strlen(changed)), 0);
    assert_int_equal(configuration_write(store, 4443), 0);
    kept = read_configuration(store);
    assert_string_equal(kept, changed);
    /* with another port it would lead nowhere */
    assert_int_equal(configuration_write(store, 444), 0);
    replaced = read_configuration(store);
    assert_null(strstr(replaced, "# mine"));
    assert_non_null(strstr(replaced, ":127.0.0.1:444\""));
}

static void test_quotes_in_the_path(void **state)
{
    struct store odd = *(struct store *)*state;
    _cleanup_free_ char *text = NULL;
    char path[] = "/tmp/a\"b\\c";

    odd.path = path;
    assert_int_equal(configuration_write(&odd, 4443), 0);
    text = read_configuration(&odd);
    assert_non_null(strstr(text, "\"/tmp/a\\\"b\\\\c/tls-ca.pem\""));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_contents),
        TEST(test_changes_of_the_administrator_stay),
        TEST(test_quotes_in_the_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
