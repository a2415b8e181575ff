/* The configuration file: every default, every kind of value, and the exact text for each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/daemon/fixture.h"

struct lines {
    char text[4096];
    size_t n;
};

static void collect(void *userdata, const char *line)
{
    struct lines *lines = userdata;
    size_t used = strlen(lines->text);

    snprintf(lines->text + used, sizeof(lines->text) - used, "%s%s", lines->n++ ? "\n" : "", line);
}

static int enter_directory(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    *state = &f;
    return chdir(f.directory);
}

static int leave_directory(void **state)
{
    fixture_close(*state);
    return 0;
}

/* Loads a text as the file "c"; the reports come in lines. */
static int load(const char *text, struct lines *lines, struct config **ret)
{
    *lines = (struct lines){ 0 };
    fixture_write("c", text);
    return config_load("c", collect, lines, ret);
}

static struct config *load_good(const char *text)
{
    struct config *config = NULL;
    struct lines lines;

    int r = load(text, &lines, &config);
    assert_string_equal(lines.text, "");
    assert_int_equal(r, 0);
    return config;
}

static void test_defaults(void **state)
{
    struct config *c = load_good("");

    (void)state;
    assert_int_equal(c->n_regions, 3);
    assert_string_equal(c->regions[0].label, "APJC");
    assert_string_equal(c->regions[0].fqdn, "api.apj.sse.itd.cisco.com");
    assert_false(c->regions[0].supported);
    assert_string_equal(c->regions[1].label, "EUROPE");
    assert_string_equal(c->regions[1].fqdn, "api.eu.sse.itd.cisco.com");
    assert_true(c->regions[1].supported);
    assert_string_equal(c->regions[2].label, "AMERICAS");
    assert_string_equal(c->regions[2].fqdn, "api-sse.cisco.com");
    assert_true(c->regions[2].supported);
    assert_false(c->default_enabled);
    assert_string_equal(c->default_server, "AMERICAS");
    assert_string_equal(c->est_url, "https://est.sco.cisco.com/.well-known/est");
    assert_string_equal(c->est_label, "");
    assert_string_equal(c->key_type, "ec_p256");
    assert_string_equal(c->product, "Content Security Management appliance");
    assert_string_equal(c->name, "");
    assert_string_equal(c->type, "SMA");
    assert_string_equal(c->version, "");
    assert_string_equal(c->ip, "");
    assert_string_equal(c->description, "");
    assert_string_equal(c->proxy, "");
    assert_string_equal(c->proxy_user, "");
    assert_null(c->proxy_password);
    assert_null(c->no_proxy[0]);
    assert_null(c->connect_to[0]);
    assert_string_equal(c->ca_bundle, "/etc/ssl/certs/ca-certificates.crt");
    assert_string_equal(c->ca_file, "");
    assert_int_equal(c->connect_timeout, 15 * USEC_PER_SEC);
    assert_int_equal(c->request_timeout, 60 * USEC_PER_SEC);
    assert_string_equal(c->path_contexts, "/v1/contexts");
    assert_string_equal(c->path_activations, "/v1/contexts/{guid}/activations");
    assert_string_equal(c->path_status, "/v1/contexts/{guid}/status");
    assert_string_equal(c->path_refresh, "/v1/contexts/{guid}/refresh");
    assert_string_equal(c->path_context, "/v1/contexts/{guid}");
    assert_int_equal(c->refresh_interval, 0);
    assert_true(c->refresh_jitter == 0.1);
    assert_true(c->renewal_fraction == 2.0 / 3);
    assert_int_equal(c->backoff_initial, 1 * USEC_PER_SEC);
    assert_int_equal(c->backoff_cap, 900 * USEC_PER_SEC);
    assert_int_equal(c->removal_confirmation, 300 * USEC_PER_SEC);
    assert_string_equal(c->est_user, "");
    assert_null(c->est_password);
    assert_int_equal(c->refusal_patience, 21600 * USEC_PER_SEC);
    assert_int_equal(c->socket_mode, 0666);
    assert_string_equal(c->socket_user, "");
    assert_string_equal(c->socket_group, "");
    assert_string_equal(c->admin_group, "");
    assert_int_equal(c->max_message, 65536);
    assert_int_equal(c->max_output, 262144);
    assert_int_equal(c->max_connections, 64);
    assert_int_equal(c->max_connections_per_uid, 16);
    assert_int_equal(c->message_timeout, 10 * USEC_PER_SEC);
    assert_int_equal(c->log_level, LOG_INFO);
    assert_string_equal(c->worker_address, "/usr/libexec/threatresponse-worker");
    assert_int_equal(c->worker_timeout, 300 * USEC_PER_SEC);
    config_free(c);
    assert_null(config_free(NULL));
}

static void test_values(void **state)
{
    struct config *c = load_good(
        "servers = ( { label = \"LAB\"; fqdn = \"lab.example\"; },\n"
        "            { label = \"OLD\"; fqdn = \"old.example\"; supported = false; } );\n"
        "settings = { enabled = true; server = \"lab\"; };\n"
        "est: { url = \"https://est.example/x/\"; label = \"dev-1\"; key_type = \"rsa_3072\"; }\n"
        "identity = { name = \"n\"; ip = \"2001:db8::1\"; };\n"
        "network = { proxy = \"http://proxy.example:3128\"; proxy_user = \"u\";\n"
        "            no_proxy = [ \"a\", \"b\" ]; connect_to = ( \"h:1:k:2\" ); ca_bundle = \"\"; ca_file = "
        "\"/ca\";\n"
        "            connect_timeout = 0.25; timeout = 600L; };\n"
        "timing = { refresh_interval = 86400; refresh_jitter = 0; renewal_fraction = 0.9; backoff_initial = "
        "0.01; };\n"
        "api = { socket_mode = \"0600\"; max_message = 4096; };\n"
        "log = { level = \"debug\"; };\n"
        "worker = { address = \"unix:/run/worker\"; };\n");

    (void)state;
    assert_int_equal(c->n_regions, 2);
    assert_string_equal(c->regions[0].label, "LAB");
    assert_true(c->regions[0].supported);
    assert_false(c->regions[1].supported);
    assert_true(c->default_enabled);
    assert_string_equal(c->default_server, "lab");
    assert_string_equal(c->est_url, "https://est.example/x/");
    assert_string_equal(c->est_label, "dev-1");
    assert_string_equal(c->key_type, "rsa_3072");
    assert_string_equal(c->ip, "2001:db8::1");
    assert_string_equal(c->proxy, "http://proxy.example:3128");
    assert_string_equal(c->no_proxy[0], "a");
    assert_string_equal(c->no_proxy[1], "b");
    assert_null(c->no_proxy[2]);
    assert_string_equal(c->connect_to[0], "h:1:k:2");
    assert_null(c->connect_to[1]);
    assert_string_equal(c->ca_file, "/ca");
    assert_int_equal(c->connect_timeout, 250000);
    assert_int_equal(c->request_timeout, 600 * USEC_PER_SEC);
    assert_int_equal(c->refresh_interval, 86400 * USEC_PER_SEC);
    assert_true(c->refresh_jitter == 0);
    assert_int_equal(c->backoff_initial, 10000);
    assert_int_equal(c->socket_mode, 0600);
    assert_int_equal(c->max_message, 4096);
    assert_int_equal(c->log_level, LOG_DEBUG);
    assert_string_equal(c->worker_address, "unix:/run/worker");
    config_free(c);
}

/* Each limit is itself allowed. */
static void test_limits(void **state)
{
    char text[6000], long_text[4097];
    struct config *c;

    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = 0;
    snprintf(
        text, sizeof(text), "identity = { product = \"%.128s\"; name = \"%.253s\"; };", long_text, long_text);
    c = load_good(text);
    assert_int_equal(strlen(c->product), 128);
    assert_int_equal(strlen(c->name), 253);
    config_free(c);
    snprintf(text, sizeof(text), "network = { no_proxy = [ \"%.253s\" ]; ca_file = \"/%.3999s\"; };",
        long_text, long_text);
    c = load_good(text);
    assert_int_equal(strlen(c->no_proxy[0]), 253);
    assert_int_equal(strlen(c->ca_file), 4000);
    config_free(c);
    c = load_good(
        "api = { max_message = 1048576; max_output = 131072; max_connections = 1; socket_mode = \"0\"; };"
        "timing = { refresh_jitter = 0.5; renewal_fraction = 0.1; backoff_initial = 60; backoff_cap = 60.0; "
        "};");
    assert_int_equal(c->max_message, 1048576);
    assert_int_equal(c->socket_mode, 0);
    assert_int_equal(c->backoff_cap, 60 * USEC_PER_SEC);
    config_free(c);
}

static void test_password(void **state)
{
    struct config *c;

    (void)state;
    char file[80], text[200];
    snprintf(file, sizeof(file), "%s/p", ((struct fixture *)*state)->directory);
    snprintf(text, sizeof(text), "network = { proxy_password_file = \"%s\"; };", file);
    fixture_write("p", "pass word\r\nsecond line\n");
    c = load_good(text);
    assert_string_equal(c->proxy_password, "pass word");
    config_free(c);
    fixture_write("p", "without end");
    c = load_good(text);
    assert_string_equal(c->proxy_password, "without end");
    config_free(c);

    struct lines lines;
    fixture_write("p", "\nsecond line\n");
    assert_int_equal(load(text, &lines, &c), -EINVAL);
    snprintf(text, sizeof(text),
        "c:1: network.proxy_password_file: found an empty first line in \"%s\", allowed is a password there",
        file);
    assert_string_equal(lines.text, text);
}

static void test_find_server(void **state)
{
    static const struct {
        const char *name;
        int number; /* 0: there is none */
    } cases[] = {
        { "1", 1 },
        { "3", 3 },
        { "03", 3 },
        { "0", 0 },
        { "4", 0 },
        { "-1", 0 },
        { "+1", 0 },
        { " 1", 0 },
        { "1 ", 0 },
        { "18446744073709551617", 0 },
        { "EUROPE", 2 },
        { "europe", 2 },
        { "EuRoPe", 2 },
        { "EUROP", 0 },
        { "EUROPE ", 0 },
        { "api-sse.cisco.com", 3 },
        { "API.EU.SSE.ITD.CISCO.COM", 2 },
        { "api.eu.sse.itd.cisco.com.", 0 },
        { "", 0 },
        { "2x", 0 },
    };
    struct config *c = load_good("");

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct region *server = config_find_region(c, cases[i].name);

        print_message("\"%s\"\n", cases[i].name);
        if (cases[i].number == 0)
            assert_null(server);
        else
            assert_int_equal(config_region_number(c, server), cases[i].number);
    }
    config_free(c);
}

static void test_files(void **state)
{
    struct config *config = NULL;
    struct lines lines = { 0 };
    char *large = malloc(1048578);

    (void)state;
    assert_int_equal(config_load("missing", collect, &lines, &config), -EINVAL);
    assert_string_equal(lines.text, "missing: can't open the configuration: No such file or directory");
    lines = (struct lines){ 0 };
    assert_int_equal(config_load(".", collect, &lines, &config), -EINVAL);
    assert_string_equal(lines.text, ".: the configuration is not a regular file");
    memset(large, '\n', 1048577);
    large[1048577] = 0;
    assert_int_equal(load(large, &lines, &config), -EINVAL);
    assert_string_equal(lines.text, "c: found 1048577 bytes, allowed are 1048576");
    large[1048576] = 0;
    assert_int_equal(load(large, &lines, &config), 0);
    config_free(config);
    free(large);
}

/* All mistakes are told at once, each with its line. */
static void test_several(void **state)
{
    struct config *config = NULL;
    struct lines lines;

    (void)state;
    assert_int_equal(
        load("# a comment\nlog = { level = 1; };\n\nsettings =\n{\n  enabled = 0;\n  x = 1;\n};\n", &lines,
            &config),
        -EINVAL);
    assert_string_equal(lines.text, "c:2: log.level: found the integer 1, allowed is one of \"error\", "
                                    "\"warning\", \"notice\", \"info\", "
                                    "\"debug\"\n"
                                    "c:6: settings.enabled: found the integer 0, allowed is true or false\n"
                                    "c:7: settings.x: found an unknown key, allowed are enabled, server");
    assert_int_equal(lines.n, 3);
    assert_null(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_find_server),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_several),
    };

    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
