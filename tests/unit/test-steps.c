/* The steps of each operation: their order, what the worker is asked, and what is kept of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "../../src/daemon/steps.h"
#include "../../src/worker/interface.h"
#include "daemon-fixture.h"
#include "daemon-states.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X64 X64 X64 X64
#define PENDING SERVER ",\"token\":\"" TOKEN "\",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\""
#define EST(url)                                                                                             \
    "\"est\":{\"url\":\"" url                                                                                \
    "\",\"sendChain\":false,\"proofOfPossession\":\"auto\",\"csrAttributes\":true,"                          \
    "\"serverKeygen\":false}"

#define ACTIVATED                                                                                            \
    SERVER ",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\"," ENROLLMENT ",\"estUrl\":\"https://e/eu\""
#define RENEWING                                                                                             \
    IDENTITY ",\"newPrivateKey\":\"K2\",\"newCertificate\":\"C2\",\"newCertificateInfo\":" INFO("02")
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
#define CHAIN ",\"chain\":\"CHAIN\""

static int start_daemon(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    fixture_start(&f, "identity = { name = \"sma.example\"; version = \"13.6.1\"; };\n");
    *state = &f;
    return 0;
}

static int stop_daemon(void **state)
{
    fixture_close(*state);
    return 0;
}

static json_object *parse(const char *text)
{
    json_object *object = NULL;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}

static const struct step *find(const char *name)
{
    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        const struct step *step = step_find(operation, name);
        if (streq(step->name, name))
            return step;
    }
    fail_msg("there is no step %s", name);
    return NULL;
}

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

/* Applies a reply and compares what the registration is then. */
static void check_apply(
    struct fixture *f, const char *step, const char *before, const char *reply, int result, const char *after)
{
    _cleanup_json_ json_object *registration = parse(before), *answer = parse(reply);
    char name[128] = "";

    print_message("%s %s\n", step, reply);
    service_check_fields(find(step)->reply, answer, name, sizeof(name));
    assert_string_equal(name, "");
    assert_int_equal(find(step)->apply(f->manager, registration, answer), result);
    answer = json_put_erased(answer);
    if (result >= 0)
        assert_string_equal(json_text(registration, NULL), after);
}

static void test_apply(void **state)
{
    struct fixture *f = *state;

    check_apply(f, "key", "{\"guid\":\"" GUID "\"}", "{\"privateKey\":\"KEY\"}", 0,
        "{\"guid\":\"" GUID "\",\"privateKey\":\"KEY\"}");
    check_apply(f, "context", "{\"a\":1}", "{\"created\":false}", 0, "{\"a\":1}");
    check_apply(f, "activation", "{\"token\":\"" TOKEN "\"}", "{" ENROLLMENT "}", 0,
        "{" ENROLLMENT ",\"estUrl\":\"https://est.sco.cisco.com/.well-known/est\"}");
    check_apply(f, "activation", "{\"token\":\"" TOKEN "\"}",
        "{\"enrollment\":{\"url\":\"https://e.example/x//"
        "\",\"label\":\"eu\",\"scheme\":\"basic\",\"username\":\"u\","
        "\"secret\":\"s\",\"expires\":9},\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}",
        0,
        "{\"enrollment\":{\"url\":\"https://e.example/x//"
        "\",\"label\":\"eu\",\"scheme\":\"basic\",\"username\":\"u\","
        "\"secret\":\"s\",\"expires\":9},\"tenant\":{\"id\":\"1\",\"name\":\"T\"},\"estUrl\":\"https://"
        "e.example/x/"
        "eu\"}");
    check_apply(f, "trust", "{}", "{\"trustAnchors\":\"A\"}", 0, "{\"trustAnchors\":\"A\"}");
    check_apply(f, "confirm", "{}",
        "{\"status\":\"Enrolled\",\"refreshInterval\":60,\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}", 0,
        "{\"refreshInterval\":60,\"tenant\":{\"id\":\"1\",\"name\":\"T\"}}");
    check_apply(
        f, "confirm", "{\"refreshInterval\":60}", "{\"status\":\"ENROLLED\"}", 0, "{\"refreshInterval\":60}");
    check_apply(f, "confirm", "{}", "{\"status\":\"Pending\"}", -EPROTO, NULL);
    check_apply(f, "refresh", "{}", "{\"status\":\"Removed\"}", -EPROTO, NULL);
    check_apply(f, "delete", "{\"a\":1}", "{\"existed\":false}", 0, "{\"a\":1}");
    check_apply(f, "renewal-key", "{\"privateKey\":\"KEY\"}", "{\"privateKey\":\"K2\"}", 0,
        "{\"privateKey\":\"KEY\",\"newPrivateKey\":\"K2\"}");
    check_apply(f, "renewal-certificate", "{\"certificate\":\"CERT\"}",
        "{\"certificate\":\"C2\",\"chain\":\"H2\",\"info\":" INFO("02") "}", 0,
        "{\"certificate\":\"CERT\",\"newCertificate\":\"C2\",\"newChain\":\"H2\","
        "\"newCertificateInfo\":" INFO("02") "}");
    check_apply(f, "renewal-proof", "{" RENEWING "}", "{\"status\":\"gone\"}", -EPROTO, NULL);
}

/* The guid is made once, a random UUID in lower case, and kept. */
static void test_guid(void **state)
{
    struct fixture *f = *state;
    _cleanup_json_ json_object *a = parse("{}"), *b = parse("{}"), *reply = parse("{\"privateKey\":\"KEY\"}");

    assert_int_equal(find("key")->apply(f->manager, a, reply), 0);
    assert_int_equal(find("key")->apply(f->manager, b, reply), 0);
    const char *guid = json_get_string(a, "guid");
    assert_int_equal(strlen(guid), 36);
    for (size_t i = 0; i < 36; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        assert_true(hyphen ? guid[i] == '-' : strchr("0123456789abcdef", guid[i]) != NULL);
    }
    assert_int_equal(guid[14], '4');
    assert_string_not_equal(guid, json_get_string(b, "guid"));
}

/* Two thirds of the life or up to a twentieth of it earlier; the enrolment credential is gone. */
static void test_certificate(void **state)
{
    struct fixture *f = *state;
    char reply[512];
    int64_t now = (int64_t)time(NULL), life = 300 * 86400;

    snprintf(reply, sizeof(reply),
        "{\"certificate\":\"C\",\"info\":{\"subject\":\"s\",\"issuer\":\"i\",\"serial\":\"1\",\"notBefore\":%"
        "lld,"
        "\"notAfter\":%lld,\"fingerprint\":\"f\",\"keyType\":\"ec_p256\"}}",
        (long long)now, (long long)(now + life));
    for (int i = 0; i < 100; i++) {
        _cleanup_json_ json_object *registration = parse("{" ENROLLMENT "}"), *answer = parse(reply);

        assert_int_equal(find("certificate")->apply(f->manager, registration, answer), 0);
        assert_null(json_get_object(registration, "enrollment"));
        assert_string_equal(json_get_string(registration, "certificate"), "C");
        assert_null(json_get_string(registration, "chain"));
        int64_t renewal = json_get_int(registration, "nextRenewal", 0);
        assert_in_range(renewal, now + life * 2 / 3 - life / 20 - 1, now + life * 2 / 3);
    }

    /* A certificate from long ago, or without any sense, is not renewed at once. */
    _cleanup_json_ json_object *registration = parse("{}");
    _cleanup_json_ json_object *answer =
        parse("{\"certificate\":\"C\",\"info\":{\"subject\":\"s\",\"issuer\":\"i\","
              "\"serial\":\"1\",\"notBefore\":2000,\"notAfter\":1000,"
              "\"fingerprint\":\"f\",\"keyType\":\"ec_p256\"}}");
    assert_int_equal(find("certificate")->apply(f->manager, registration, answer), 0);
    assert_true(json_get_int(registration, "nextRenewal", 0) > now);
}

/* The new pair takes the place of the old one as a whole: the old chain does not stay. */
static void test_proof(void **state)
{
    struct fixture *f = *state;
    _cleanup_json_ json_object *registration = parse("{" RENEWING "}"),
                               *reply = parse("{\"status\":\"Enrolled\"}");

    assert_int_equal(find("renewal-proof")->apply(f->manager, registration, reply), 0);
    assert_string_equal(json_get_string(registration, "privateKey"), "K2");
    assert_string_equal(json_get_string(registration, "certificate"), "C2");
    assert_null(json_object_object_get(registration, "chain"));
    assert_string_equal(json_get_string(json_get_object(registration, "certificateInfo"), "serial"), "02");
    assert_null(json_object_object_get(registration, "newPrivateKey"));
    assert_null(json_object_object_get(registration, "newCertificate"));
    assert_null(json_object_object_get(registration, "newCertificateInfo"));
    assert_string_equal(json_get_string(registration, "guid"), GUID);
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
        cmocka_unit_test_setup_teardown(test_apply, start_daemon, stop_daemon),
        cmocka_unit_test_setup_teardown(test_guid, start_daemon, stop_daemon),
        cmocka_unit_test_setup_teardown(test_certificate, start_daemon, stop_daemon),
        cmocka_unit_test_setup_teardown(test_proof, start_daemon, stop_daemon),
        cmocka_unit_test(test_forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
