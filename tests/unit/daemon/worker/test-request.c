/* The parts of the worker's calls: what the configuration and the state put into them. */
#include "daemon/worker/request.h"

#include "unit/helpers/daemon/step-requests.h"

static void check_text(json_object *request, const char *expected)
{
    assert_string_equal(json_text(request, NULL), expected);
    json_put_erased(request);
}

static void test_sse_url(void **state)
{
    static const struct {
        const char *path, *url;
    } cases[] = {
        { "/v1/contexts", "https://h.example/v1/contexts" },
        { "/v1/contexts/{guid}", "https://h.example/v1/contexts/G" },
        { "/{guid}/status", "https://h.example/G/status" },
        { "/{guid", "https://h.example/{guid" },
        { "/%s{guid}%n", "https://h.example/%sG%n" },
    };
    char url[64];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(request_sse_url("h.example", cases[i].path, "G", url, sizeof(url)), cases[i].url);
    /* What has no room is cut, with its end. */
    assert_int_equal(strlen(request_sse_url("h.example", "/{guid}", "G", url, 12)), 11);
}

/* What the activation has named counts, and the configuration for all else, as it is now. */
static void test_est_place(void **state)
{
    static const struct {
        const char *configured_label, *saved_url, *saved_label, *url, *label;
    } cases[] = {
        { "", NULL, NULL, "https://est.example/x", NULL },
        { "dev", NULL, NULL, "https://est.example/x", "dev" },
        { "dev", NULL, "eu", "https://est.example/x", "eu" },
        { "dev", NULL, "", "https://est.example/x", NULL },
        { "", "https://other/", NULL, "https://other/", NULL },
        { "", "https://other/y", "eu", "https://other/y", "eu" },
        { "dev", "https://other/y", NULL, "https://other/y", "dev" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct config config = { .est_url = (char *)(uintptr_t) "https://est.example/x",
            .est_label = (char *)(uintptr_t)cases[i].configured_label };
        const struct saved saved = { .est_url = cases[i].saved_url, .est_label = cases[i].saved_label };
        _cleanup_json_ json_object *request = json_object_new_object();

        request_add_est(request, &config, &saved, false);
        json_object *est = json_get_object(request, "est");
        assert_string_equal(json_get_string(est, "url"), cases[i].url);
        assert_true(streq0(json_get_string(est, "label"), cases[i].label));
    }
}

/* The host that is configured is always allowed; without a list also its domain and the regional server's. */
static void test_est_hosts(void **state)
{
    static const struct {
        const char *url, *fqdn;
        char *hosts[3];
        const char *expected;
    } cases[] = {
        { "https://est.a.example/x", "api.b.example", { NULL },
            "[\"est.a.example\",\".a.example\",\".b.example\"]" },
        { "https://est.a.example:8443", "c.example", { NULL }, "[\"est.a.example\",\".a.example\"]" },
        { "https://localhost?x", NULL, { NULL }, "[\"localhost\"]" },
        { "https://192.0.2.1:1/x", "a.b", { NULL }, "[\"192.0.2.1\"]" },
        { "https://[::1]:8443/x", "192.0.2.9", { NULL }, "[\"[::1]\"]" },
        { "https://est.a.example/x", "api.b.example",
            { (char *)(uintptr_t) "one", (char *)(uintptr_t) ".two" },
            "[\"est.a.example\",\"one\",\".two\"]" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct config config = { .est_url = (char *)(uintptr_t)cases[i].url,
            .est_hosts = (char **)(uintptr_t)cases[i].hosts };
        const struct saved saved = { .region_fqdn = cases[i].fqdn };
        _cleanup_json_ json_object *request = json_object_new_object();

        request_add_est(request, &config, &saved, false);
        assert_string_equal(
            json_text(json_get_array(json_get_object(request, "est"), "hosts"), NULL), cases[i].expected);
    }
}

static void test_client(void **state)
{
    struct fixture *f = *state;
    const struct saved saved = { .guid = "G" };
    json_object *request = json_object_new_object();

    request_add_client(request, f->core, &saved);
    check_text(request, "{\"client\":{\"guid\":\"G\",\"name\":\"sma.example\",\"type\":\"SMA\","
                        "\"version\":\"13.6.1\",\"description\":\"\"}}");

    fixture_stop(f);
    fixture_start_core(f, "identity = { name = \"n\"; type = \"t\"; version = \"v\"; ip = \"::1\"; "
                          "description = \"d\"; };\n");
    request = json_object_new_object();
    request_add_client(request, f->core, &saved);
    check_text(request, "{\"client\":{\"guid\":\"G\",\"name\":\"n\",\"type\":\"t\",\"version\":\"v\","
                        "\"ip\":\"::1\",\"description\":\"d\"}}");
    /* The request had copies. */
    assert_string_equal(f->core->config->description, "d");
}

static void test_credentials(void **state)
{
    struct saved_pair pair = { .private_key = "K", .certificate = "C", .chain = "H" };
    json_object *request = json_object_new_object();

    (void)state;
    request_add_credentials(request, &pair);
    check_text(request, "{\"credentials\":{\"certificate\":\"C\",\"privateKey\":\"K\",\"chain\":\"H\"}}");
    pair.chain = NULL;
    request = json_object_new_object();
    request_add_credentials(request, &pair);
    check_text(request, "{\"credentials\":{\"certificate\":\"C\",\"privateKey\":\"K\"}}");
}

static void test_est(void **state)
{
    struct fixture *f = *state;
    struct config *config = f->core->config;
    json_object *request = json_object_new_object();

    config->est_url[strlen("https://e")] = 0;
    request_add_est(request, config, NULL, false);
    check_text(request,
        "{\"est\":{\"url\":\"https://"
        "e\",\"hosts\":[\"e\"],\"keyType\":\"ec_p256\",\"sendChain\":false,\"proofOfPossession\":\"auto\","
        "\"csrAttributes\":false,\"serverKeygen\":false}}");

    config->est_tls_anchors = strdup("T");
    config->est_anchors = strdup("A");
    config->est_intermediates = strdup("I");
    free(config->est_fingerprint);
    config->est_fingerprint = strdup("ff");
    config->est_send_chain = config->est_server_keygen = true;
    request = json_object_new_object();
    request_add_est(request, config, NULL, true);
    check_text(request,
        "{\"est\":{\"url\":\"https://e\",\"hosts\":[\"e\"],\"tlsAnchors\":\"T\",\"anchors\":\"A\","
        "\"intermediates\":\"I\",\"fingerprint\":\"ff\",\"keyType\":\"ec_p256\",\"sendChain\":true,"
        "\"proofOfPossession\":\"auto\",\"csrAttributes\":true,\"serverKeygen\":true}}");
    assert_string_equal(config->est_anchors, "A");
}

static void test_network(void **state)
{
    struct fixture *f = *state;
    char config[512], password[96];

    check_text(request_new(f->core), "{\"network\":{\"caBundle\":\"/etc/ssl/certs/ca-certificates.crt\","
                                     "\"connectTimeout\":15000,\"timeout\":60000}}");

    snprintf(password, sizeof(password), "%s/password", f->directory);
    snprintf(config, sizeof(config),
        "network = { proxy = \"http://p:1\"; proxy_user = \"u\"; proxy_password_file = \"%s\"; no_proxy = [ "
        "\"a\", \"b\" ]; connect_to = ( \"a:1:b:2\" ); ca_bundle = \"\"; ca_file = \"/ca\"; "
        "connect_timeout = 0.5; timeout = 1.5; };\n",
        password);
    fixture_write(password, "secret\n");
    fixture_stop(f);
    fixture_start_core(f, config);
    check_text(request_new(f->core),
        "{\"network\":{\"proxy\":\"http://p:1\",\"proxyUser\":\"u\",\"proxyPassword\":\"secret\","
        "\"proxyAuth\":\"any\",\"noProxy\":[\"a\",\"b\"],\"caFile\":\"/"
        "ca\",\"connectTo\":[\"a:1:b:2\"],\"connectTimeout\":500,"
        "\"timeout\":1500}}");
    assert_string_equal(f->core->config->proxy_password, "secret");
}

static void test_nonempty(void **state)
{
    (void)state;
    assert_null(request_nonempty(NULL));
    assert_null(request_nonempty(""));
    assert_string_equal(request_nonempty("x"), "x");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, steps_set_up, steps_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sse_url),
        cmocka_unit_test(test_est_place),
        cmocka_unit_test(test_est_hosts),
        TEST(test_client),
        cmocka_unit_test(test_credentials),
        TEST(test_est),
        TEST(test_network),
        cmocka_unit_test(test_nonempty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
