/* One mistake of each kind in a configuration, and the exact text that tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "common/proxy.h"
#include "unit/helpers/daemon/fixture.h"

#define SECRET_ALLOWED "the absolute path of a readable file, or credential:NAME, of at most 512 bytes"

#define PROXY_ALLOWED                                                                                        \
    "an http or https URL with its port, as http://proxy.example:3128, without user and password (these "    \
    "are "                                                                                                   \
    "proxy_user and proxy_password_file) of at most 1024 bytes"

static char reported[1024];

static void take_report(void *userdata, const char *line)
{
    (void)userdata;
    assert_string_equal(reported, "");
    snprintf(reported, sizeof(reported), "%s", line);
}

struct mistake {
    const char *text;
    const char *report; /* follows the name of the file and a colon */
};

static const struct mistake names_mistakes[] = {
    { "x = 1;", "1: x: found an unknown key, allowed are servers, settings, registration, est, identity, "
                "network, sse, timing, api, log, worker, cluster" },
    { "settings = { enabeld = true; };",
        "1: settings.enabeld: found an unknown key, allowed are enabled, server; did you mean enabled?" },
    { "servers = ( { label = \"A\"; fqdn = \"a.example\"; port = 1; } );",
        "1: servers[1].port: found an unknown key, allowed are label, fqdn, supported" },
    { "settings = { Enabled = true; };",
        "1: settings.Enabled: found an unknown key, allowed are enabled, server; did you mean enabled?" },
    { "tming = { };", "1: tming: found an unknown key, allowed are servers, settings, registration, est, "
                      "identity, network, sse, timing, api, log, worker, cluster; did you mean timing?" },
    { "server = ( );", "1: server: found an unknown key, allowed are servers, settings, registration, est, "
                       "identity, network, sse, timing, api, log, worker, cluster; did you mean servers?" },
    { "servers = ( { label = \"A\"; fqnd = \"secret\"; fqdn = \"a.b\"; } );",
        "1: servers[1].fqnd: found an unknown key, allowed are label, fqdn, supported; did you mean fqdn?" },
    { "log = { levle = \"info\"; };",
        "1: log.levle: found an unknown key, allowed are level; did you mean level?" },
};

static const struct mistake settings_mistakes[] = {
    { "settings = 1;", "1: settings: found the integer 1, allowed is a group { ... }" },
    { "registration = { token_file = \"\"; };", "1: registration.token_file: found \"\", allowed is an "
                                                "absolute path, or credential:NAME, of at most "
                                                "4000 bytes" },
    { "log = { level = \"loud\"; };", "1: log.level: found \"loud\", allowed is one of \"error\", "
                                      "\"warning\", \"notice\", \"info\", \"debug\"" },
    { "log = { level = 3; };", "1: log.level: found the integer 3, allowed is one of \"error\", "
                               "\"warning\", \"notice\", \"info\", \"debug\"" },
    { "settings = { enabled = 1; };", "1: settings.enabled: found the integer 1, allowed is true or false" },
    { "settings = { enabled = \"true\"; };",
        "1: settings.enabled: found \"true\", allowed is true or false" },
    { "settings = { server = \"1\"; };", "1: settings.server: found \"1\", allowed is a label of the "
                                         "list servers of at most 64 bytes" },
    { "settings = { server = \"MOON\"; };",
        "1: settings.server: found \"MOON\", allowed is the label of a supported server" },
    { "settings = { server = \"APJC\"; };",
        "1: settings.server: found \"APJC\", allowed is the label of a supported server" },
    { "settings = { server = \"api-sse.cisco.com\"; };",
        "1: settings.server: found \"api-sse.cisco.com\", allowed is a label of the list servers of at "
        "most 64 bytes" },
    { "worker = { address = \"worker\"; };",
        "1: worker.address: found \"worker\", allowed is the absolute path of the program, or unix:PATH "
        "of a socket of at most 4000 bytes" },
    { "worker = { address = \"unix:worker\"; };",
        "1: worker.address: found \"unix:worker\", allowed is the absolute path of the program, or "
        "unix:PATH of a socket of at most 4000 bytes" },
};

static const struct mistake servers_mistakes[] = {
    { "servers = ( );", "1: servers: found an empty list, allowed is a list ( ... ) of 1 to 32 groups" },
    { "servers = { };", "1: servers: found a group, allowed is a list ( ... ) of 1 to 32 groups" },
    { "servers = \"EUROPE\";", "1: servers: found \"EUROPE\", allowed is a list ( ... ) of 1 to 32 groups" },
    { "servers = ( 1 );", "1: servers[1]: found the integer 1, allowed is a group { ... }" },
    { "servers = ( { label = \"A\"; } );", "1: servers[1].fqdn: found nothing, it is required" },
    { "servers = ( { fqdn = \"a.example\"; } );", "1: servers[1].label: found nothing, it is required" },
    { "servers = ( { label = \"7\"; fqdn = \"a.example\"; } );",
        "1: servers[1].label: found \"7\", allowed is letters, digits, '-' and '_', not digits alone of "
        "at most 64 bytes" },
    { "servers = ( { label = \"A B\"; fqdn = \"a.example\"; } );",
        "1: servers[1].label: found \"A B\", allowed is letters, digits, '-' and '_', not digits alone "
        "of at most 64 bytes" },
    { "servers = ( { label = \"\"; fqdn = \"a.example\"; } );",
        "1: servers[1].label: found \"\", allowed is letters, digits, '-' and '_', not digits alone of "
        "at most 64 bytes" },
    { "servers = ( { label = \"A\"; fqdn = \"a_b\"; } );",
        "1: servers[1].fqdn: found \"a_b\", allowed is a host name of at most 253 bytes" },
    { "servers = ( { label = \"A\"; fqdn = \".example\"; } );",
        "1: servers[1].fqdn: found \".example\", allowed is a host name of at most 253 bytes" },
    { "servers = ( { label = \"A\"; fqdn = \"a.example\"; supported = 1; } );",
        "1: servers[1].supported: found the integer 1, allowed is true or false" },
    { "servers = ( { label = \"A\"; fqdn = \"a.example\"; }, { label = \"a\"; fqdn = \"b.example\"; } );",
        "1: servers[2].label: found \"a\" a second time, allowed is each label once" },
    { "servers = ( { label = \"A\"; fqdn = \"a.example\"; } );",
        " settings.server: found \"AMERICAS\", allowed is the label of a supported server" },
};

static const struct mistake est_mistakes[] = {
    { "est = { url = \"http://est.example/\"; };",
        "1: est.url: found \"http://est.example/\", allowed is an https URL of at most 2000 bytes" },
    { "est = { url = \"https://%41.example/\"; };", "1: est.url: found \"https://%41.example/\", allowed "
                                                    "is an https URL of at most 2000 bytes" },
    { "est = { url = \"https:///path\"; };",
        "1: est.url: found \"https:///path\", allowed is an https URL of at most 2000 bytes" },
    { "est = { url = \"https://user@est.example/\"; };",
        "1: est.url: found \"https://user@est.example/\", allowed is an https URL of at most 2000 "
        "bytes" },
    { "est = { url = \"https://est.example/a b\"; };",
        "1: est.url: found \"https://est.example/a b\", allowed is an https URL of at most 2000 "
        "bytes" },
    { "est = { url = \"https://est.example/\\xe9\"; };",
        "1: est.url: found \"https://est.example/\\xe9\", allowed is an https URL of at most 2000 "
        "bytes" },
    { "est = { url = \"https://est.example/#x\"; };",
        "1: est.url: found \"https://est.example/#x\", allowed is an https URL of at most 2000 "
        "bytes" },
    { "est = { url = \"\"; };", "1: est.url: found \"\", allowed is an https URL of at most 2000 bytes" },
    { "est = { label = \"a/b\"; };", "1: est.label: found \"a/b\", allowed is one path segment of "
                                     "letters, digits, '-', '.', '_' and '~' of at most 64 bytes" },
    { "est = { label = \"..\"; };", "1: est.label: found \"..\", allowed is one path segment of letters, "
                                    "digits, '-', '.', '_' and '~' of at most 64 bytes" },
    { "est = { label = \"a\\x0ab\"; };",
        "1: est.label: found \"a\\x0ab\", allowed is one path segment of letters, digits, '-', '.', '_' "
        "and '~' of at most 64 bytes" },
    { "est = { key_type = \"dsa\"; };", "1: est.key_type: found \"dsa\", allowed is one of \"ec_p256\", "
                                        "\"ec_p384\", \"rsa_2048\", \"rsa_3072\"" },
    { "est = { key_type = 1; };", "1: est.key_type: found the integer 1, allowed is one of \"ec_p256\", "
                                  "\"ec_p384\", \"rsa_2048\", \"rsa_3072\"" },
    { "est = { anchors_file = \"/tmp\"; };", "1: est.anchors_file: found \"/tmp\" (Is a directory), "
                                             "allowed is the absolute path of a readable file "
                                             "of at most 32768 bytes" },
    { "est = { fingerprint = \"00:11\"; };", "1: est.fingerprint: found \"00:11\", allowed is a SHA-256 "
                                             "in hexadecimal, with or without colons, of "
                                             "at most 95 bytes" },
    { "est = { proof_of_possession = \"maybe\"; };",
        "1: est.proof_of_possession: found \"maybe\", allowed is one of \"auto\", \"always\", "
        "\"never\"" },
};

static const struct mistake identity_mistakes[] = {
    { "identity = { ip = \"192.0.2.256\"; };", "1: identity.ip: found \"192.0.2.256\", allowed is an "
                                               "IPv4 or IPv6 address of at most 64 bytes" },
    { "identity = { name = \"caf\\xe9\"; };",
        "1: identity.name: found \"caf\\xe9\", allowed is UTF-8 text without control characters of at "
        "most 253 bytes" },
    { "identity = { product = ( \"x\" ); };", "1: identity.product: found a list, allowed is UTF-8 text "
                                              "without control characters of at most 128 bytes" },
    { "identity = { type = \"0123456789012345678901234567890123456789012345678901234567890123456789\"; "
      "};",
        "1: identity.type: found "
        "\"0123456789012345678901234567890123456789012345678901234567890123456789\", allowed is UTF-8 "
        "text without control characters of at most 64 bytes" },
};

static const struct mistake network_mistakes[] = {
    { "network = { proxy = \"http://user:secret@proxy.example\"; };",
        "1: network.proxy: found a text that is not shown here, allowed is " PROXY_ALLOWED },
    { "network = { proxy = \"https://proxy.example\"; };",
        "1: network.proxy: found a text that is not shown here, allowed is " PROXY_ALLOWED },
    { "network = { proxy = \"proxy.example:3128\"; };",
        "1: network.proxy: found a text that is not shown here, allowed is " PROXY_ALLOWED },
    { "network = { proxy = \"http://proxy.example\"; };",
        "1: network.proxy: found a text that is not shown here, allowed is " PROXY_ALLOWED },
    { "network = { no_proxy = ( \"a\", \"b*c\" ); };", "1: network.no_proxy: found \"b*c\" as element 2, "
                                                       "allowed is a list of at most 64 " PROXY_EXEMPTIONS },
    { "network = { proxy_auth = \"ntlm\"; };",
        "1: network.proxy_auth: found \"ntlm\", allowed is one of \"any\", \"digest\"" },
    { "est = { user = \"ra\"; };",
        "1: est.user: found no est.password_file beside it, both or none are allowed" },
    { "est = { user = \"r:a\"; };", "1: est.user: found \"r:a\", allowed is UTF-8 text without control "
                                    "characters and colons of at most 256 "
                                    "bytes" },
    { "est = { password_file = \"relative\"; };",
        "1: est.password_file: found \"relative\", allowed is " SECRET_ALLOWED },
    { "network = { proxy_password_file = \"relative\"; };",
        "1: network.proxy_password_file: found \"relative\", allowed is " SECRET_ALLOWED },
    { "network = { proxy_password_file = \"/nowhere/password\"; };",
        "1: network.proxy_password_file: found \"/nowhere/password\" (No such file or directory), "
        "allowed is " SECRET_ALLOWED },
    { "network = { proxy_password_file = \"/dev/null\"; };",
        "1: network.proxy_password_file: found \"/dev/null\" (Wrong medium type), allowed "
        "is " SECRET_ALLOWED },
    { "network = { proxy_password_file = \"credential:\"; };",
        "1: network.proxy_password_file: found \"credential:\", allowed is " SECRET_ALLOWED },
    { "network = { proxy_password_file = \"credential:../x\"; };",
        "1: network.proxy_password_file: found \"credential:../x\", allowed is " SECRET_ALLOWED },
    { "network = { proxy_password_file = \"credential:x\"; };",
        "1: network.proxy_password_file: found \"credential:x\" (Required key not available), "
        "allowed is " SECRET_ALLOWED },
    { "network = { no_proxy = \"a,b\"; };",
        "1: network.no_proxy: found \"a,b\", allowed is a list of at most 64 " PROXY_EXEMPTIONS },
    { "network = { no_proxy = [ \"a\", \"\" ]; };",
        "1: network.no_proxy: found \"\" as element 2, allowed is a list of at most 64 " PROXY_EXEMPTIONS },
    { "network = { no_proxy = ( \"a\", 1 ); };", "1: network.no_proxy: found the integer 1 as element 2, "
                                                 "allowed is a list of at most 64 " PROXY_EXEMPTIONS },
    { "network = { connect_to = [ \"host:443\" ]; };",
        "1: network.connect_to: found \"host:443\" as element 1, allowed is a list of at most 64 texts "
        "of the form HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT" },
    { "network = { connect_to = { }; };",
        "1: network.connect_to: found a group, allowed is a list of at most 64 texts of the form "
        "HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT" },
    { "network = { ca_file = \"ca.pem\"; };",
        "1: network.ca_file: found \"ca.pem\", allowed is an absolute path of at most 4000 bytes" },
    { "network = { ca_bundle = \"\"; };",
        "1: network.ca_bundle: found nothing here nor in network.ca_file, one is required" },
    { "network = { connect_timeout = 0; };", "1: network.connect_timeout: found the integer 0, allowed "
                                             "is a number of seconds from 0.1 to 300" },
    { "network = { connect_timeout = 300.5; };", "1: network.connect_timeout: found the number 300.5, "
                                                 "allowed is a number of seconds from 0.1 to 300" },
    { "network = { timeout = \"60\"; };",
        "1: network.timeout: found \"60\", allowed is a number of seconds from 0.1 to 600" },
    { "network = { timeout = -1; };",
        "1: network.timeout: found the integer -1, allowed is a number of seconds from 0.1 to 600" },
};

static const struct mistake sse_mistakes[] = {
    { "sse = { contexts = \"v1/contexts\"; };", "1: sse.contexts: found \"v1/contexts\", allowed is a "
                                                "path that starts with / of at most 256 bytes" },
    { "sse = { contexts = \"/v1 contexts\"; };", "1: sse.contexts: found \"/v1 contexts\", allowed is a "
                                                 "path that starts with / of at most 256 bytes" },
    { "sse = { contexts = \"/v1/contexts?x\"; };",
        "1: sse.contexts: found \"/v1/contexts?x\", allowed is a path that starts with / of at most 256 "
        "bytes" },
    { "sse = { status = \"/v1/status\"; };",
        "1: sse.status: found \"/v1/status\", allowed is a path that starts with / and holds {guid} once "
        "of at most 256 bytes" },
    { "sse = { status = \"/{guid}/{guid}\"; };",
        "1: sse.status: found \"/{guid}/{guid}\", allowed is a path that starts with / and holds {guid} "
        "once of at most 256 bytes" },
    { "sse = { context = \"/v1/contexts/{guid}#x\"; };",
        "1: sse.context: found \"/v1/contexts/{guid}#x\", allowed is a path that starts with / and holds "
        "{guid} once of at most 256 bytes" },
};

static const struct mistake numbers_mistakes[] = {
    { "timing = { refresh_jitter = 0.6; };",
        "1: timing.refresh_jitter: found the number 0.6, allowed is a number from 0 to 0.5" },
    { "timing = { renewal_fraction = 1; };",
        "1: timing.renewal_fraction: found the integer 1, allowed is a number from 0.1 to 0.9" },
    { "timing = { backoff_initial = 2; backoff_cap = 1.5; };",
        "1: timing.backoff_cap: found 1.5, allowed is at least timing.backoff_initial, which is 2" },
    { "timing = { removal_confirmation = 1e300; };",
        "1: timing.removal_confirmation: found the number 1e+300, allowed is a number of seconds from "
        "0.01 to 86400" },
    { "api = { socket_mode = 600; };",
        "1: api.socket_mode: found the integer 600, allowed is an octal mode from \"0000\" to \"0777\"" },
    { "api = { socket_mode = \"0800\"; };",
        "1: api.socket_mode: found \"0800\", allowed is an octal mode from \"0000\" to \"0777\"" },
    { "api = { socket_mode = \"01777\"; };",
        "1: api.socket_mode: found \"01777\", allowed is an octal mode from \"0000\" to \"0777\"" },
    { "api = { socket_mode = \"\"; };",
        "1: api.socket_mode: found \"\", allowed is an octal mode from \"0000\" to \"0777\"" },
    { "api = { max_message = 4095; };",
        "1: api.max_message: found the integer 4095, allowed is an integer from 4096 to 1048576" },
    { "api = { max_message = 1048577; };",
        "1: api.max_message: found the integer 1048577, allowed is an integer from 4096 to 1048576" },
    { "api = { max_message = 65536.0; };",
        "1: api.max_message: found the number 65536, allowed is an integer from 4096 to 1048576" },
    { "api = { max_output = 131071; };",
        "1: api.max_output: found the integer 131071, allowed is an integer from 131072 to 16777216" },
    { "api = { max_connections = 9223372036854775807L; };",
        "1: api.max_connections: found the integer 9223372036854775807, allowed is an integer from 1 to "
        "4096" },
};

static const struct mistake file_mistakes[] = {
    { "settings = { enabled = true; }; settings = { };", "1: duplicate setting name" },
    { "settings = { enabled = true; enabled = false; };", "1: duplicate setting name" },
    { "settings = {", "1: syntax error" },
    { "settings { }", "1: syntax error" },
    { "@include \"/nowhere.conf\"",
        "1: cannot open include file \"/nowhere.conf\": No such file or directory" },
};

static void check_mistakes(const struct mistake *mistakes, size_t n)
{
    struct fixture f;
    struct config *config = NULL;

    fixture_open(&f);
    for (size_t i = 0; i < n; i++) {
        print_message("%s\n", mistakes[i].text);
        fixture_write(f.config, mistakes[i].text);
        reported[0] = 0;
        assert_int_equal(config_load(f.config, take_report, NULL, &config), -EINVAL);
        assert_null(config);
        assert_memory_equal(reported, f.config, strlen(f.config));
        assert_int_equal(reported[strlen(f.config)], ':');
        assert_string_equal(reported + strlen(f.config) + 1, mistakes[i].report);
    }
    fixture_close(&f);
}

/* complaint("configuration: a mistyped key is ignored silently") */
static void test_names(void **state)
{
    (void)state;
    check_mistakes(names_mistakes, ELEMENTS(names_mistakes));
}

static void test_settings(void **state)
{
    (void)state;
    check_mistakes(settings_mistakes, ELEMENTS(settings_mistakes));
}

static void test_servers(void **state)
{
    (void)state;
    check_mistakes(servers_mistakes, ELEMENTS(servers_mistakes));
}

static void test_est(void **state)
{
    (void)state;
    check_mistakes(est_mistakes, ELEMENTS(est_mistakes));
}

static void test_identity(void **state)
{
    (void)state;
    check_mistakes(identity_mistakes, ELEMENTS(identity_mistakes));
}

static void test_network(void **state)
{
    (void)state;
    check_mistakes(network_mistakes, ELEMENTS(network_mistakes));
}

static void test_sse(void **state)
{
    (void)state;
    check_mistakes(sse_mistakes, ELEMENTS(sse_mistakes));
}

/* complaint("configuration: a bad file or value is replaced by a default") */
static void test_numbers(void **state)
{
    (void)state;
    check_mistakes(numbers_mistakes, ELEMENTS(numbers_mistakes));
}

static void test_file(void **state)
{
    (void)state;
    check_mistakes(file_mistakes, ELEMENTS(file_mistakes));
}

/* The file that is wrong is named, not the one that includes it. */
static void test_included(void **state)
{
    static const struct mistake mistakes[] = {
        { "\nsettings = { enabled = 1; };\n",
            "2: settings.enabled: found the integer 1, allowed is true or false" },
        { "\n\nx = 1;\n", "3: x: found an unknown key, allowed are servers, settings, registration, est, "
                          "identity, network, sse, timing, api, log, worker, cluster" },
        { "timing = { backoff_initial = 2;\n backoff_cap = 1; };\n",
            "2: timing.backoff_cap: found 1, allowed is at least timing.backoff_initial, which is 2" },
        { "a = ;\n", "1: syntax error" },
        { "\n@include \"/nowhere.conf\"\n",
            "2: cannot open include file \"/nowhere.conf\": No such file or directory" },
    };
    struct fixture f;
    struct config *config = NULL;
    char part[96], text[160];

    (void)state;
    fixture_open(&f);
    snprintf(part, sizeof(part), "%s/part.conf", f.directory);
    snprintf(text, sizeof(text), "log = { level = \"info\"; };\n@include \"%s\"\n", part);
    fixture_write(f.config, text);
    for (size_t i = 0; i < ELEMENTS(mistakes); i++) {
        fixture_write(part, mistakes[i].text);
        reported[0] = 0;
        assert_int_equal(config_load(f.config, take_report, NULL, &config), -EINVAL);
        assert_memory_equal(reported, part, strlen(part));
        assert_string_equal(reported + strlen(part) + 1, mistakes[i].report);
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_est),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_sse),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_included),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
