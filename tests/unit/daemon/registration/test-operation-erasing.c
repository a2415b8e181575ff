/* Memory of a daemon that registers, renews and deregisters: no block is freed with a token, a key or a password in it,
 * whether a step succeeds, fails, or is answered with something else. */
#include "unit/helpers/daemon/appliance.h"
#include "unit/helpers/daemon/client.h"
#include "unit/helpers/freed-secrets.h"

#define SECRET "enrollment-secret"
#define KEY(n) "private-key-" n
#define PROXY_PASSWORD "proxy-password"
#define CONFIG                                                                                               \
    "timing = { backoff_initial = 0.01; attempts_per_hour = 1000; backoff_cap = 0.01; };\n"                  \
    "network = { proxy = \"http://p.example:1\"; proxy_user = \"u\"; proxy_password_file = \"%s\"; };\n"

#define GOT_CONTEXT                                                                                          \
    {                                                                                                        \
        "CreateContext", "{\"created\":true}"                                                                \
    }
#define GOT_TRUST                                                                                            \
    {                                                                                                        \
        "FetchTrustAnchors", "{\"trustAnchors\":\"ANCHORS\"}"                                                \
    }
#define ACTIVATED "{\"enrollment\":{\"scheme\":\"basic\",\"username\":\"u\",\"secret\":\"" SECRET "\"}"

static void start(struct appliance *a, const char *state)
{
    char config[512], path[96];

    snprintf(path, sizeof(path), "%s/password", a->f.directory);
    fixture_write(path, PROXY_PASSWORD "\n");
    snprintf(config, sizeof(config), CONFIG, path);
    freed_secrets_watch(TOKEN, SECRET, KEY("1"), KEY("2"), KEY("3"), PROXY_PASSWORD);
    appliance_start(a, state, config);
}

static void ask(struct appliance *a, const char *method, const char *parameters, const char *expected)
{
    _cleanup_json_ json_object *reply = client_ask(&a->f, method, parameters);

    assert_string_equal(json_text(reply, NULL), expected);
}

static void check_nothing_left(struct appliance *a)
{
    appliance_stop(a);
    fake_worker_set(&a->worker, NULL, 0);
    a->worker.parameters = json_put_erased(a->worker.parameters);
    assert_int_equal(freed_secrets_end(), 0);
}

static void test_life(void **state)
{
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GenerateKey", "{\"privateKey\":\"" KEY("1") "\",\"unknown\":1}" },
        { "GenerateKey", "{\"privateKey\":\"" KEY("1") "\"}" }, GOT_CONTEXT,
        { "Activate", ACTIVATED ",\"unknown\":1}" }, { "Activate", "=" ACTIVATED },
        { "Activate", ACTIVATED "}" }, GOT_TRUST, { "Enroll", "!server_error" },
        { "Enroll", "{\"certificate\":\"C1\",\"info\":" INFO("01") "}" },
        { "GetContextStatus", "{\"status\":\"Enrolled\"}" },
        /* renewal, with a key that the server made */
        { "GenerateKey", "{\"privateKey\":\"" KEY("2") "\"}" }, GOT_TRUST,
        { "Reenroll", "{\"certificate\":\"C2\",\"privateKey\":\"" KEY("3") "\",\"info\":" INFO("02") "}" },
        { "GetContextStatus", "{\"status\":\"Enrolled\"}" }, { "DeleteContext", HANG_UP },
        { "DeleteContext", "{\"existed\":true}" });
    start(a, DOCUMENT(ENABLED_EUROPE, "unregistered", ""));
    assert_string_equal(a->f.core->config->proxy_password, PROXY_PASSWORD);
    ask(a, "Register", "{\"token\":\"" TOKEN "\"}", "{\"parameters\":{}}");
    appliance_run(a, 10);
    appliance_check_state(a, "registered");
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), KEY("1"));
    ask(a, "Renew", "{}", "{\"parameters\":{}}");
    appliance_run(a, 14);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "privateKey"), KEY("3"));
    ask(a, "Deregister", "{}", "{\"parameters\":{}}");
    appliance_run_all(a);
    appliance_check_state(a, "unregistered");
    check_nothing_left(a);
}

/* Calls with a token that are refused, before and after they are read. */
static void test_refused(void **state)
{
    static const char *const calls[] = {
        "{\"method\":\"" AGENT "Register\",\"parameters\":{\"token\":\"" TOKEN "\"}}",
        "{\"method\":\"" AGENT "Register\",\"parameters\":{\"token\":\"" TOKEN "\",\"unknown\":1}}",
        "{\"method\":\"" AGENT "Register\",\"parameters\":{\"token\":\"" TOKEN
        "\"},\"more\":true,\"oneway\":true}",
        "{\"method\":\"" AGENT "GetStatus\",\"parameters\":{\"token\":\"" TOKEN "\"}}",
        "{\"method\":\"" AGENT "Register\",\"parameters\":{\"token\":\"" TOKEN "\"}",
        "{\"method\":\"" AGENT "Register\",\"parameters\":{\"tokens\":[{\"token\":\"" TOKEN "\"}]}}",
        TOKEN,
    };
    struct appliance *a = *state;

    start(a, DOCUMENT("\"enabled\":false", "unregistered", ""));
    for (size_t i = 0; i < ELEMENTS(calls); i++) {
        struct client client;

        client_connect(&client, &a->f);
        client_call(&client, calls[i]);
        json_object_put(client_receive(&client));
        client_close(&client);
    }
    check_nothing_left(a);
}

/* A daemon that starts with secrets in its state, reloads, and forgets them. */
static void test_state_with_secrets(void **state)
{
    struct appliance *a = *state;

    start(a, DOCUMENT(ENABLED_EUROPE, "registering",
                 ",\"guid\":\"" GUID "\"," SERVER ",\"step\":\"certificate\",\"privateKey\":\"" KEY(
                     "1") "\",\"trustAnchors\":\"A\",\"estUrl\":\"https://e.example/"
                          "\",\"enrollment\":{\"scheme\":\"bearer\","
                          "\"secret\":\"" SECRET "\"}"));
    SCRIPT(&a->worker, { "Enroll", SILENCE });
    fake_worker_run(&a->worker, 1);
    ask(a, "Reload", "{}", "{\"parameters\":{}}");
    ask(a, "Cancel", "{}", "{\"parameters\":{\"operation\":\"register\"}}");
    appliance_check_state(a, "unregistered");
    check_nothing_left(a);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, appliance_set_up, appliance_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_life),
        TEST(test_refused),
        TEST(test_state_with_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
