/* The whole of the daemon: reload of the configuration, the answer of GetStatus, and the line for systemd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "daemon/api/status.h"
#include "daemon/api/watch.h"
#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f);
    /* A reload looks for the worker. */
    assert_int_equal(mknod(f.worker, S_IFSOCK | 0600, 0), 0);
    fixture_start(&f, "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static void reload(const char *config)
{
    fixture_write(f.config, config);
    assert_int_equal(kill(getpid(), SIGHUP), 0);
    fixture_settle(&f);
}

static void test_reload(void **state)
{
    char fault[256];

    (void)state;
    reload("identity = { product = \"Appliance\"; name = \"a.example\"; };\n");
    assert_string_equal(f.core->config->product, "Appliance");
    assert_string_equal(core_appliance_name(f.core), "a.example");
    assert_null(f.core->config_fault);

    /* A bad file changes nothing and is told, its first mistake at least. */
    reload("identity = { product = 1; };\nlog = 1;\n");
    assert_string_equal(f.core->config->product, "Appliance");
    snprintf(fault, sizeof(fault),
        "%s:1: identity.product: found the integer 1, allowed is UTF-8 text without control characters of at "
        "most 128 bytes",
        f.config);
    assert_string_equal(f.core->config_fault, fault);
    _cleanup_json_ json_object *status = status_json(&f.manager->api);
    assert_string_equal(json_get_string(status, "configFault"), fault);

    /* An empty file also takes no effect: it may have been truncated. */
    static const char *const empty[] = { "", "\n \n", "# settings = { };\n", "/* all */\n// of it\n" };
    for (size_t i = 0; i < ELEMENTS(empty); i++) {
        reload(empty[i]);
        snprintf(fault, sizeof(fault),
            "%s: found no settings; put it back, or restart the daemon if it shall go", f.config);
        assert_string_equal(f.core->config_fault, fault);
        assert_string_equal(f.core->config->product, "Appliance");
    }
    reload("log = { };\n");
    assert_null(f.core->config_fault);
    assert_string_equal(f.core->config->product, "Content Security Management appliance");
}

/* The default that is changed by a reload is in effect, unless a commit says otherwise. */
static void test_reloaded_defaults(void **state)
{
    const bool yes = true;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made;

    (void)state;
    assert_string_equal(core_region(f.core)->label, "AMERICAS");
    reload("settings = { server = \"EUROPE\"; };\n");
    assert_string_equal(core_region(f.core)->label, "EUROPE");
    settings_stage(&f.manager->settings, 0, &yes, "AMERICAS", &refusal);
    assert_int_equal(
        settings_commit(&f.manager->settings, 0, NULL, &made, &conflict, &refusal), SETTINGS_DONE);
    assert_string_equal(core_region(f.core)->label, "AMERICAS");

    /* The committed server leaves the list: no default takes its place. */
    reload("servers = ( { label = \"LAB\"; fqdn = \"lab.example\"; } ); settings = { server = \"LAB\"; };\n");
    assert_string_equal(core_region_label(f.core), "AMERICAS");
    assert_null(core_region(f.core));
    assert_true(core_region_is_unknown(f.core));
    _cleanup_json_ json_object *gone = status_region_json(f.core->config, "AMERICAS", NULL);
    assert_string_equal(
        json_text(gone, NULL), "{\"number\":0,\"label\":\"AMERICAS\",\"fqdn\":\"\",\"supported\":false}");
    _cleanup_json_ json_object *there = status_region_json(f.core->config, "LAB", "other.example");
    assert_string_equal(json_text(there, NULL),
        "{\"number\":1,\"label\":\"LAB\",\"fqdn\":\"other.example\",\"supported\":true}");
}

/* The answer of GetStatus is made once for each change. */
static void test_status_reply(void **state)
{
    const bool yes = true;
    struct refusal refusal;

    (void)state;
    struct api *api = &f.manager->api;
    const struct status_reply *reply = watch_newest_reply(api, false);
    const char *text = reply->text;
    assert_int_equal(strlen(text), reply->size);
    assert_ptr_equal(watch_newest_reply(api, false)->text, text);
    assert_null(strstr(text, "\"enabled\":true"));
    const struct status_reply *stream = watch_newest_reply(api, true);
    assert_memory_equal(stream->text, text, reply->size - 1);
    assert_string_equal(stream->text + reply->size - 1, ",\"continues\":true}");
    assert_int_equal(strlen(stream->text), stream->size);
    settings_stage(&f.manager->settings, 0, &yes, NULL, &refusal);
    reply = watch_newest_reply(api, false);
    assert_non_null(strstr(reply->text, "\"staged\":[{\"uid\":0,"));
    assert_int_equal(strlen(reply->text), reply->size);
    assert_non_null(strstr(watch_newest_reply(api, true)->text, "\"staged\":[{\"uid\":0,"));
}

static void check_line(const char *state, const char *expected)
{
    char line[128];

    fixture_stop(&f);
    fixture_write_state(&f, state);
    fixture_start(&f, "");
    assert_string_equal(status_line(&f.manager->registration, line, sizeof(line)), expected);
}

static void test_status_line(void **state)
{
    (void)state;
    check_line(DOCUMENT("", "unregistered", ""), "disabled, unregistered");
    check_line(DOCUMENT(ENABLED_EUROPE, "registering", "," SERVER ",\"token\":\"" TOKEN "\""),
        "enabled, registering");
    check_line(REGISTERED, "enabled, registered (ok)");
    check_line(DOCUMENT("", "registered", "," IDENTITY), "disabled, registered (disabled)");
    check_line(DOCUMENT(ENABLED_EUROPE, "deregistering", "," IDENTITY), "enabled, deregistering");
}

/* complaint("socket: a reply contains a secret") */
/* Neither token nor key nor any other secret is in what everyone may read. */
static void test_no_secrets(void **state)
{
    static const char *const secrets[] = { TOKEN, "PRIVATE", "S3CRET", "pass word" };
    char config[256], password[96];

    (void)state;
    snprintf(password, sizeof(password), "%s/password", f.directory);
    fixture_write(password, "pass word\n");
    snprintf(config, sizeof(config),
        "network = { proxy = \"http://p:1\"; proxy_user = \"u\"; proxy_password_file = \"%s\"; };\n",
        password);
    fixture_stop(&f);
    fixture_write_state(&f,
        DOCUMENT(ENABLED_EUROPE, "registering",
            "," SERVER ",\"step\":\"certificate\",\"token\":\"" TOKEN "\",\"guid\":\"" GUID
            "\",\"privateKey\":\"PRIVATE\"," ENROLLMENT ",\"estUrl\":\"https://e\",\"trustAnchors\":\"A\""));
    fixture_start(&f, config);
    assert_null(f.core->store.fault);
    const char *text = watch_newest_reply(&f.manager->api, false)->text;
    for (size_t i = 0; i < ELEMENTS(secrets); i++)
        assert_null(strstr(text, secrets[i]));
    assert_non_null(strstr(text, "\"step\":\"certificate\""));
    assert_non_null(strstr(text, "\"proxy\":\"http://p:1\""));
}

/* A directory that another daemon holds, or a place for the socket that is taken: it gives up. */
static void test_start_failures(void **state)
{
    struct manager *manager = NULL;
    struct config *config = NULL;
    struct store holder;
    struct core_options options = {
        .config_path = f.config,
        .state_directory = f.state,
        .socket_path = f.socket,
        .log_level = LOG_EMERG,
    };

    (void)state;
    fixture_stop(&f);
    assert_int_equal(store_open(&holder, f.state), 0);
    assert_int_equal(config_load(f.config, fixture_print_report, NULL, &config), 0);
    assert_int_equal(manager_new(&options, config, &manager), -EAGAIN);
    store_done(&holder);

    fixture_write(f.socket, "no socket");
    assert_int_equal(config_load(f.config, fixture_print_report, NULL, &config), 0);
    assert_int_equal(manager_new(&options, config, &manager), -EEXIST);
    assert_null(manager);
    _cleanup_free_ char *text = fixture_read(f.socket);
    assert_string_equal(text, "no socket");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reload),
        TEST(test_reloaded_defaults),
        TEST(test_status_reply),
        TEST(test_status_line),
        TEST(test_no_secrets),
        TEST(test_start_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
