/* The steps of each operation: their order, and what the worker is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/steps-fixture.h"
#include "worker/methods/interface.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X64 X64 X64 X64
#define PENDING SERVER ",\"token\":\"" TOKEN "\",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\""
#define EST(url)                                                                                             \
    "\"est\":{\"url\":\"" url                                                                                \
    "\",\"sendChain\":false,\"proofOfPossession\":\"auto\",\"csrAttributes\":true,"                          \
    "\"serverKeygen\":false}"

#define ACTIVATED                                                                                            \
    SERVER ",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\"," ENROLLMENT ",\"estUrl\":\"https://e/eu\""
#define NETWORK                                                                                              \
    "\"network\":{\"caBundle\":\"/etc/ssl/certs/"                                                            \
    "ca-certificates.crt\",\"connectTimeout\":15000,\"timeout\":60000}"
#define CLIENT                                                                                               \
    "\"client\":{\"guid\":\"" GUID                                                                           \
    "\",\"name\":\"sma.example\",\"type\":\"SMA\",\"version\":\"13.6.1\",\"description\":\"\"}"
#define ANNOUNCED                                                                                            \
    "\"est\":{\"url\":\"https://est.sco.cisco.com/.well-known/"                                              \
    "est\",\"sendChain\":false,\"proofOfPossession\":"                                                       \
    "\"auto\",\"csrAttributes\":false,\"serverKeygen\":false}"
#define CHAIN ",\"chain\":\"CHAIN\""
#define SSE "https://api.eu.sse.itd.cisco.com/v1/contexts"
#define CREDENTIALS(certificate, key, chain)                                                                 \
    "\"credentials\":{\"certificate\":\"" certificate "\",\"privateKey\":\"" key "\"" chain "}"

static void test_order(void **state)
{
    static const char *const expected[OPERATION_MAX_][8] = {
        [OPERATION_REGISTER] = { "key", "context", "activation", "trust", "certificate", "confirm" },
        [OPERATION_DEREGISTER] = { "delete" },
        [OPERATION_REFRESH] = { "refresh" },
        [OPERATION_RENEW] = { "renewal-key", "renewal-trust", "renewal-certificate", "renewal-proof" },
    };
    size_t n = 0;

    (void)state;
    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        const struct step *step = step_first(operation);

        for (size_t i = 0; expected[operation][i]; i++) {
            assert_non_null(step);
            assert_string_equal(step->name, expected[operation][i]);
            assert_int_equal(step->operation, operation);
            /* A detour has its name before the step that leads to it, but is nobody's next. */
            if (streq0(step->rekey, step_names[n]))
                assert_true(find(step_names[n++])->detour);
            assert_string_equal(step_names[n++], step->name);
            assert_ptr_equal(step_find(operation, step->name), step);
            step = step_next(step);
        }
        assert_null(step);
        assert_ptr_equal(step_find(operation, NULL), step_first(operation));
        assert_ptr_equal(step_find(operation, "no such step"), step_first(operation));
    }
    assert_null(step_names[n]);
    assert_ptr_equal(step_find(OPERATION_REFRESH, "confirm"), step_first(OPERATION_REFRESH));
}

static const struct service_field *fields_of(const char *method)
{
    for (const struct service_method *m = worker_interface.methods; m->name; m++)
        if (streq(m->name, method))
            return m->fields;
    fail_msg("the worker has no method %s", method);
    return NULL;
}

static const struct {
    const char *step, *registration, *method, *request;
} requests[] = {
    { "key", SERVER ",\"token\":\"" TOKEN "\"", "GenerateKey", "{\"keyType\":\"ec_p256\"}" },
    { "context", PENDING, "CreateContext",
        "{" NETWORK ",\"url\":\"" SSE "\"," CLIENT
        ",\"exchange\":\"api.eu.sse.itd.cisco.com\",\"refreshInterval\":1200," ANNOUNCED "}" },
    { "activation", PENDING, "Activate",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/activations\",\"token\":\"" TOKEN "\"," ANNOUNCED "}" },
    { "trust", ACTIVATED, "FetchTrustAnchors", "{" NETWORK "," EST("https://e/eu") "}" },
    { "rekey", ACTIVATED ",\"trustAnchors\":\"ANCHORS\",\"keyType\":\"rsa_3072\"", "GenerateKey",
        "{\"keyType\":\"rsa_3072\"}" },
    { "certificate", ACTIVATED ",\"trustAnchors\":\"ANCHORS\"", "Enroll",
        "{" NETWORK "," EST("https://e/eu") "," ENROLLMENT ",\"privateKey\":\"KEY\",\"commonName\":\"" GUID
                                            "\",\"trustAnchors\":\"ANCHORS\"}" },
    { "confirm", IDENTITY, "GetContextStatus",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/status\"," CREDENTIALS("CERT", "KEY", CHAIN) "}" },
    { "delete", IDENTITY, "DeleteContext",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "\"," CREDENTIALS("CERT", "KEY", CHAIN) "}" },
    { "refresh", IDENTITY, "Refresh",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/refresh\"," CREDENTIALS("CERT", "KEY", CHAIN) "," CLIENT
                                                                                               "}" },
    { "renewal-key", IDENTITY, "GenerateKey", "{\"keyType\":\"ec_p256\"}" },
    { "renewal-trust", RENEWING, "FetchTrustAnchors",
        "{" NETWORK "," EST("https://est.example/eu") ",\"previous\":\"ANCHORS\"}" },
    { "renewal-certificate", RENEWING, "Reenroll",
        "{" NETWORK "," EST("https://est.example/eu") "," CREDENTIALS(
            "CERT", "KEY", CHAIN) ",\"privateKey\":\"K2\",\"trustAnchors\":\"ANCHORS\"}" },
    { "renewal-proof", RENEWING, "GetContextStatus",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/status\"," CREDENTIALS("C2", "K2", "") "}" },
};

static void test_requests(void **state)
{
    struct fixture *f = *state;
    char text[4096], name[128];

    for (size_t i = 0; i < ELEMENTS(requests); i++) {
        snprintf(text, sizeof(text), "{%s}", requests[i].registration);
        _cleanup_json_ json_object *registration = parse(text);
        const struct step *step = find(requests[i].step);
        _cleanup_json_ json_object *request = step->request(f->manager, registration);

        print_message("%s\n", step->name);
        assert_string_equal(step->method, requests[i].method);
        assert_string_equal(json_text(request, NULL), requests[i].request);
        assert_int_equal(service_check_fields(fields_of(step->method), request, name, sizeof(name)), 0);
        /* The registration is untouched, and shares nothing that erasing the request would destroy. */
        request = json_put_erased(request);
        assert_string_equal(json_text(registration, NULL), text);
    }
    assert_int_equal(ELEMENTS(requests), 13);
}

/* The largest values that the configuration allows are taken by the worker. */
static void test_largest_requests(void **state)
{
    struct fixture *f = *state;
    char config[8192], text[4096], name[128];

    snprintf(config, sizeof(config),
        "identity = { name = \"%.253s\"; type = \"%s\"; version = \"%s\"; description = \"%s%s%s%s\";\n"
        "  ip = \"2001:db8:1111:2222:3333:4444:5555:6666\"; };\n"
        "network = { proxy = \"http://%.1016s/\"; proxy_user = \"%s\"; no_proxy = [ \"%s\" ];\n"
        "  connect_to = ( \"%.253s:::\" ); connect_timeout = 300; timeout = 600; };\n"
        "timing = { refresh_interval = 86400; };\n"
        "sse = { contexts = \"/%.255s\"; };\n",
        X256, X64, X64, X256, X256, X256, X256, X256 X256 X256 X256, X256, X256, X256, X256);
    fixture_stop(f);
    fixture_start(f, config);
    for (size_t i = 0; i < ELEMENTS(requests); i++) {
        snprintf(text, sizeof(text), "{%s}", requests[i].registration);
        _cleanup_json_ json_object *registration = parse(text);
        const struct step *step = find(requests[i].step);
        _cleanup_json_ json_object *request = step->request(f->manager, registration);

        name[0] = 0;
        service_check_fields(fields_of(step->method), request, name, sizeof(name));
        assert_string_equal(name, "");
    }
}

static void test_network_request(void **state)
{
    struct fixture *f = *state;
    char config[512], password[96];

    snprintf(password, sizeof(password), "%s/password", f->directory);
    snprintf(config, sizeof(config),
        "network = { proxy = \"http://p:1\"; proxy_user = \"u\"; proxy_password_file = \"%s\"; no_proxy = [ "
        "\"a\", "
        "\"b\" ]; connect_to = ( \"a:1:b:2\" ); ca_bundle = \"\"; ca_file = \"/ca\"; connect_timeout = 0.5; "
        "timeout = "
        "1.5; };\n",
        password);
    fixture_write(password, "secret\n");
    fixture_stop(f);
    fixture_start(f, config);
    _cleanup_json_ json_object *registration = parse("{" ACTIVATED "}");
    _cleanup_json_ json_object *request = find("trust")->request(f->manager, registration);
    assert_string_equal(json_text(request, NULL),
        "{\"network\":{\"proxy\":\"http://"
        "p:1\",\"proxyUser\":\"u\",\"proxyPassword\":\"secret\",\"noProxy\":[\"a\","
        "\"b\"],\"caFile\":\"/ca\",\"connectTo\":[\"a:1:b:2\"],\"connectTimeout\":500,\"timeout\":1500}," EST(
            "https://e/eu") "}");
}

static void test_forget(void **state)
{
    _cleanup_json_ json_object *registration = parse(
        "{\"state\":\"registered\",\"since\":1,\"token\":\"t\",\"step\":\"key\",\"renewalStep\":\"renewal-"
        "key\","
        "\"nextRenewal\":1,\"removed\":true,\"tenant\":{},\"refreshInterval\":1,\"lastSuccess\":1," ENROLLMENT
        ",\"lastFailure\":{\"reason\":\"busy\"}," RENEWING ",\"newChain\":\"H2\"}");

    (void)state;
    steps_forget(registration, false);
    assert_string_equal(json_text(registration, NULL),
        "{\"state\":\"registered\",\"since\":1,\"lastFailure\":{\"reason\":\"busy\"},\"guid\":\"" GUID "\"}");
    steps_forget(registration, true);
    assert_null(json_object_object_get(registration, "guid"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test_setup_teardown(test_requests, start_daemon, stop_daemon),
        cmocka_unit_test_setup_teardown(test_largest_requests, start_daemon, stop_daemon),
        cmocka_unit_test_setup_teardown(test_network_request, start_daemon, stop_daemon),
        cmocka_unit_test(test_forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
