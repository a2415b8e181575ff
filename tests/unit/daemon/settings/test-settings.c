/* Staging and commit: what is a change, who may conflict with whom, and the lock on the server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

enum {
    ANNE = 1000001,
    BERT = 1000002,
};

static const bool yes = true, no = false;

static int start_daemon(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    fixture_start(&f, "");
    *state = &f;
    return 0;
}

static int stop_daemon(void **state)
{
    fixture_close(*state);
    return 0;
}

static enum settings_result stage(struct fixture *f, uid_t uid, const bool *enabled, const char *server)
{
    struct refusal refusal = { 0 };

    return settings_stage(&f->manager->settings, uid, enabled, server, &refusal);
}

static enum settings_result commit(struct fixture *f, uid_t uid, const char *comment)
{
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made = NULL;

    return settings_commit(&f->manager->settings, uid, comment, &made, &conflict, &refusal);
}

/* The candidate of a user as text, or "none". */
static void check_candidate(struct fixture *f, uid_t uid, const char *expected)
{
    const struct candidate *candidate = settings_candidate(&f->manager->settings, uid);
    _cleanup_json_ json_object *object = candidate ? settings_candidate_json(candidate) : NULL;

    assert_string_equal(object ? json_text(object, NULL) : "none", expected);
}

static void test_defaults(void **state)
{
    struct fixture *f = *state;

    assert_false(core_is_enabled(f->core));
    assert_string_equal(core_region_label(f->core), "AMERICAS");
    assert_int_equal(f->core->store.saved.revision, 0);
    assert_false(f->core->store.saved.enabled_is_set);
    assert_false(f->core->store.saved.server_label);
    check_candidate(f, ANNE, "none");
    assert_false(settings_clear(&f->manager->settings, ANNE));
    assert_int_equal(commit(f, ANNE, NULL), SETTINGS_NOTHING_STAGED);
}

static void test_staging(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(stage(f, ANNE, &yes, NULL), SETTINGS_DONE);
    check_candidate(
        f, ANNE, "{\"uid\":1000001,\"userName\":\"uid 1000001\",\"baseRevision\":0,\"enabled\":true}");
    assert_int_equal(stage(f, ANNE, NULL, "2"), SETTINGS_DONE);
    check_candidate(f, ANNE,
        "{\"uid\":1000001,\"userName\":\"uid "
        "1000001\",\"baseRevision\":0,\"enabled\":true,\"server\":\"EUROPE\"}");
    assert_int_equal(stage(f, BERT, NULL, "api.eu.sse.itd.cisco.com"), SETTINGS_DONE);
    check_candidate(
        f, BERT, "{\"uid\":1000002,\"userName\":\"uid 1000002\",\"baseRevision\":0,\"server\":\"EUROPE\"}");
    /* Back to what is committed: no change is left. */
    assert_int_equal(stage(f, ANNE, &no, "americas"), SETTINGS_DONE);
    check_candidate(f, ANNE, "none");
    assert_true(settings_clear(&f->manager->settings, BERT));
    check_candidate(f, BERT, "none");
    assert_false(core_is_enabled(f->core));
    assert_int_equal(stage(f, 0, NULL, NULL), SETTINGS_DONE);
    check_candidate(f, 0, "none");
}

static void test_bad_servers(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(stage(f, ANNE, &yes, "MOON"), SETTINGS_UNKNOWN_SERVER);
    assert_int_equal(stage(f, ANNE, &yes, "4"), SETTINGS_UNKNOWN_SERVER);
    assert_int_equal(stage(f, ANNE, &yes, ""), SETTINGS_UNKNOWN_SERVER);
    assert_int_equal(stage(f, ANNE, &yes, "1"), SETTINGS_UNSUPPORTED_SERVER);
    assert_int_equal(stage(f, ANNE, &yes, "apjc"), SETTINGS_UNSUPPORTED_SERVER);
    check_candidate(f, ANNE, "none");
}

static void test_commit(void **state)
{
    struct fixture *f = *state;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made = NULL;

    stage(f, ANNE, &yes, "EUROPE");
    assert_int_equal(
        settings_commit(&f->manager->settings, ANNE, "why", &made, &conflict, &refusal), SETTINGS_DONE);
    assert_true(core_is_enabled(f->core));
    assert_string_equal(core_region_label(f->core), "EUROPE");
    assert_int_equal(f->core->store.saved.revision, 1);
    assert_true(f->core->store.saved.enabled_is_set);
    assert_true(f->core->store.saved.server_label);
    check_candidate(f, ANNE, "none");
    assert_int_equal(json_get_int(made, "revision", 0), 1);
    assert_int_equal(json_get_int(made, "uid", 0), ANNE);
    assert_string_equal(json_get_string(made, "userName"), "uid 1000001");
    assert_string_equal(json_get_string(made, "comment"), "why");
    assert_true(json_get_bool(made, "enabled", false));
    assert_string_equal(json_get_string(made, "server"), "EUROPE");

    stage(f, ANNE, &no, NULL);
    assert_int_equal(commit(f, ANNE, NULL), SETTINGS_DONE);
    made = json_object_array_get_idx(document_commits(f->core->store.document), 0);
    assert_int_equal(json_get_int(made, "revision", 0), 2);
    assert_string_equal(json_get_string(made, "comment"), "");
    assert_null(json_get_string(made, "server"));
    assert_string_equal(core_region_label(f->core), "EUROPE");

    /* A new start reads the same; what was staged is gone. */
    stage(f, ANNE, &yes, NULL);
    fixture_stop(f);
    fixture_start(f, "");
    assert_false(core_is_enabled(f->core));
    assert_string_equal(core_region_label(f->core), "EUROPE");
    assert_int_equal(f->core->store.saved.revision, 2);
    check_candidate(f, ANNE, "none");
}

static void test_conflict(void **state)
{
    struct fixture *f = *state;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made = NULL;

    stage(f, ANNE, &yes, NULL);
    stage(f, BERT, NULL, "EUROPE");
    assert_int_equal(commit(f, BERT, "bert"), SETTINGS_DONE);
    /* Another setting was changed meanwhile: no conflict. */
    assert_int_equal(commit(f, ANNE, "anne"), SETTINGS_DONE);

    stage(f, ANNE, &no, NULL);
    stage(f, BERT, &no, NULL);
    assert_int_equal(commit(f, BERT, "bert"), SETTINGS_DONE);
    /* The same change: nothing is left to commit. */
    assert_int_equal(commit(f, ANNE, "anne"), SETTINGS_NOTHING_STAGED);
    check_candidate(f, ANNE, "none");

    stage(f, ANNE, NULL, "AMERICAS");
    stage(f, BERT, &yes, NULL);
    assert_int_equal(commit(f, BERT, NULL), SETTINGS_DONE);
    stage(f, BERT, &no, "AMERICAS");
    assert_int_equal(commit(f, BERT, "x"), SETTINGS_DONE);
    stage(f, BERT, NULL, "EUROPE");
    assert_int_equal(commit(f, BERT, "back"), SETTINGS_DONE);
    assert_int_equal(f->core->store.saved.revision, 6);
    assert_int_equal(
        settings_commit(&f->manager->settings, ANNE, "anne", &made, &conflict, &refusal), SETTINGS_CONFLICT);
    assert_string_equal(conflict.setting, "server");
    assert_string_equal(conflict.committed, "EUROPE");
    assert_string_equal(conflict.staged, "AMERICAS");
    assert_int_equal(json_get_int(conflict.commit, "revision", 0), 6);
    assert_int_equal(json_get_int(conflict.commit, "uid", 0), BERT);
    /* What was staged stays; cleared and staged anew it is based on the newest. */
    check_candidate(
        f, ANNE, "{\"uid\":1000001,\"userName\":\"uid 1000001\",\"baseRevision\":3,\"server\":\"AMERICAS\"}");
    assert_true(settings_clear(&f->manager->settings, ANNE));
    assert_int_equal(stage(f, ANNE, NULL, "AMERICAS"), SETTINGS_DONE);
    assert_int_equal(commit(f, ANNE, NULL), SETTINGS_DONE);
    assert_int_equal(f->core->store.saved.revision, 7);
}

static void test_enabled_conflict(void **state)
{
    struct fixture *f = *state;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made = NULL;

    stage(f, ANNE, &yes, NULL);
    stage(f, BERT, &yes, NULL);
    assert_int_equal(commit(f, BERT, NULL), SETTINGS_DONE);
    stage(f, BERT, &no, NULL);
    assert_int_equal(commit(f, BERT, NULL), SETTINGS_DONE);
    assert_int_equal(
        settings_commit(&f->manager->settings, ANNE, NULL, &made, &conflict, &refusal), SETTINGS_CONFLICT);
    assert_string_equal(conflict.setting, "enabled");
    assert_string_equal(conflict.committed, "disabled");
    assert_string_equal(conflict.staged, "enabled");
    assert_int_equal(json_get_int(conflict.commit, "revision", 0), 2);
}

static void test_comment(void **state)
{
    char comment[1100], wide[2100] = "";

    (void)state;
    memset(comment, 'x', sizeof(comment));
    comment[1024] = 0;
    assert_true(settings_comment_is_good(comment));
    comment[1024] = 'x';
    comment[1025] = 0;
    assert_false(settings_comment_is_good(comment));
    for (int i = 0; i < 1024; i++)
        memcpy(wide + 2 * i, "\xc3\xa9", 3);
    assert_true(settings_comment_is_good(wide));
    static const char *const bad[] = { "a\nb", "\t", "\x01", "\x7f", "\xc2\x85", "j\xfc" };
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_false(settings_comment_is_good(bad[i]));
    assert_true(settings_comment_is_good(""));
    memcpy(wide + 2048, "\xc3\xa9", 3);
    assert_false(settings_comment_is_good(wide));
    assert_true(settings_comment_is_good(""));
}

static void test_history_is_bounded(void **state)
{
    struct fixture *f = *state;

    for (int i = 1; i <= 103; i++) {
        char comment[16];

        snprintf(comment, sizeof(comment), "number %d", i);
        assert_int_equal(stage(f, ANNE, i % 2 ? &yes : &no, NULL), SETTINGS_DONE);
        assert_int_equal(commit(f, ANNE, comment), SETTINGS_DONE);
    }
    json_object *commits = document_commits(f->core->store.document);
    assert_int_equal(json_object_array_length(commits), 100);
    assert_string_equal(json_get_string(json_object_array_get_idx(commits, 0), "comment"), "number 103");
    assert_string_equal(json_get_string(json_object_array_get_idx(commits, 99), "comment"), "number 4");
    fixture_stop(f);
    fixture_start(f, "");
    assert_int_equal(json_object_array_length(document_commits(f->core->store.document)), 100);
    assert_null(f->core->store.fault);
}

static void test_many_users(void **state)
{
    struct fixture *f = *state;
    struct refusal refusal = { 0 };

    for (uid_t uid = 0; uid < SETTINGS_CANDIDATES_MAX; uid++)
        assert_int_equal(stage(f, ANNE + uid, &yes, NULL), SETTINGS_DONE);
    assert_int_equal(settings_stage(&f->manager->settings, 7, &yes, "EUROPE", &refusal), SETTINGS_REFUSED);
    assert_int_equal(refusal.reason, REASON_BUSY);
    assert_string_equal(refusal.message, "Too many users have staged changes that they have not committed.");
    assert_int_equal(stage(f, ANNE + 9, NULL, "EUROPE"), SETTINGS_DONE);
    assert_true(settings_clear(&f->manager->settings, ANNE + 9));
    assert_int_equal(stage(f, 7, &yes, "EUROPE"), SETTINGS_DONE);
}

/* While registered the server can't be changed, neither when it is staged nor when it is committed. */
static void test_locked_server(void **state)
{
    struct fixture *f = *state;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made = NULL;

    fixture_stop(f);
    fixture_write_state(f, REGISTERED);
    fixture_start(f, "");
    assert_int_equal(
        settings_stage(&f->manager->settings, ANNE, NULL, "AMERICAS", &refusal), SETTINGS_REFUSED);
    assert_int_equal(refusal.reason, REASON_SERVER_LOCKED);
    assert_string_equal(
        refusal.message, "The server can't be changed to AMERICAS: the appliance is registered with EUROPE.");
    check_candidate(f, ANNE, "none");
    assert_int_equal(stage(f, ANNE, NULL, "EUROPE"), SETTINGS_DONE);
    check_candidate(f, ANNE, "none");
    assert_int_equal(stage(f, ANNE, NULL, "APJC"), SETTINGS_UNSUPPORTED_SERVER);

    /* Staged before the registration began. */
    document_set_string(fixture_registration(f), "state", "unregistered");
    fixture_reread(f);
    assert_int_equal(stage(f, ANNE, NULL, "AMERICAS"), SETTINGS_DONE);
    document_set_string(fixture_registration(f), "state", "registering");
    fixture_reread(f);
    assert_int_equal(
        settings_commit(&f->manager->settings, ANNE, NULL, &made, &conflict, &refusal), SETTINGS_REFUSED);
    assert_int_equal(refusal.reason, REASON_SERVER_LOCKED);
    assert_string_equal(
        refusal.message, "The server can't be changed to AMERICAS: the appliance is busy with EUROPE.");
    assert_int_equal(f->core->store.saved.revision, 1);
}

/* A commit that can't be saved changes nothing, and stays staged. */
static void test_state_io(void **state)
{
    struct fixture *f = *state;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };
    json_object *made = NULL;
    char path[128], message[256];

    stage(f, ANNE, &yes, NULL);
    snprintf(path, sizeof(path), "%s/state.json.new", f->state);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(
        settings_commit(&f->manager->settings, ANNE, NULL, &made, &conflict, &refusal), SETTINGS_REFUSED);
    assert_int_equal(refusal.reason, REASON_STATE_IO);
    snprintf(message, sizeof(message), "The settings can't be saved. Can't write %s/state.json: File exists.",
        f->state);
    assert_string_equal(refusal.message, message);
    assert_false(core_is_enabled(f->core));
    assert_int_equal(f->core->store.saved.revision, 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(commit(f, ANNE, NULL), SETTINGS_DONE);
    assert_true(core_is_enabled(f->core));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start_daemon, stop_daemon)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults),
        TEST(test_staging),
        TEST(test_bad_servers),
        TEST(test_commit),
        TEST(test_conflict),
        TEST(test_enabled_conflict),
        cmocka_unit_test(test_comment),
        TEST(test_history_is_bounded),
        TEST(test_many_users),
        TEST(test_locked_server),
        TEST(test_state_io),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
