/* The state file: written whole or not at all, and set aside when it can't be understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>

#include "daemon/state/format.h"
#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

static int open_directory(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    log_set_level(LOG_EMERG);
    *state = &f;
    return 0;
}

static int close_directory(void **state)
{
    fixture_close(*state);
    return 0;
}

/* The names in the state directory that begin so; the last of them in name. */
static int count_files(const struct fixture *f, const char *prefix, char *name, size_t size)
{
    DIR *directory = opendir(f->state);
    int n = 0;

    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.' && strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            snprintf(name, size, "%s", entry->d_name);
            n++;
        }
    closedir(directory);
    return n;
}

static const char *path_of(const struct fixture *f, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", f->state, name);
    return out;
}

static void open_store(const struct fixture *f, struct store *store)
{
    assert_int_equal(store_open(store, f->state), 0);
    assert_non_null(store->document);
}

static void test_new(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char name[256];

    open_store(f, &store);
    assert_null(store.fault);
    assert_false(store.read_only);
    assert_int_equal(json_get_int(store.document, "version", 0), FORMAT_VERSION);
    assert_int_equal(json_get_int(document_settings(store.document), "revision", -1), 0);
    assert_string_equal(json_get_string(document_registration(store.document), "state"), "unregistered");
    assert_true(json_get_int(document_registration(store.document), "since", 0) > 1500000000);
    assert_int_equal(json_object_array_length(document_commits(store.document)), 0);
    assert_int_equal(count_files(f, "", name, sizeof(name)), 0);

    struct stat st;
    assert_int_equal(stat(f->state, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    store_done(&store);
}

static void test_commit(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char path[128], name[256];
    struct stat st;

    open_store(f, &store);
    json_object *copy = store_begin(&store);
    assert_int_equal(document_set_string(document_registration(copy), "guid", GUID), 0);
    assert_null(json_get_string(document_registration(store.document), "guid"));
    assert_int_equal(store_commit(&store, copy), 0);
    assert_ptr_equal(store.document, copy);
    assert_int_equal(count_files(f, "", name, sizeof(name)), 1);
    assert_string_equal(name, "state.json");
    assert_int_equal(stat(path_of(f, "state.json", path, sizeof(path)), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    _cleanup_free_ char *text = fixture_read(path);
    assert_string_equal(text, json_text(store.document, NULL));
    store_done(&store);

    open_store(f, &store);
    assert_string_equal(json_get_string(document_registration(store.document), "guid"), GUID);
    store_done(&store);
    store_done(&store);
}

/* Everything that a state can hold comes back as it was. */
static void test_round_trip(void **state)
{
    static const char whole[] =
        "{\"version\":3,\"machineId\":\"00112233445566778899aabbccddeeff\",\"settings\":{\"enabled\":true,"
        "\"server\":\"EUROPE\",\"revision\":2},\"commits\":[{\"revision\":2,\"time\":2,\"uid\":0,"
        "\"userName\":"
        "\"root\",\"comment\":\"a \\\"b\\\" "
        "caf\xc3\xa9\",\"enabled\":true,\"server\":\"EUROPE\"}],\"registration\":{"
        "\"state\":\"registered\",\"since\":3," IDENTITY
        ",\"renewalStep\":\"renewal-proof\",\"newPrivateKey\":\"K2\",\"newCertificate\":\"C2\","
        "\"newCertificateInfo\":" INFO("02") ",\"nextRenewal\":5,\"tenant\":{\"id\":\"i\",\"name\":\"n\"},"
                                             "\"refreshInterval\":2592000,\"removed\":true,\"lastSuccess\":4,"
                                             "\"lastFailure\":{\"reason\":\"dns_failed\","
                                             "\"message\":\"m\",\"remedy\":\"r\",\"permanent\":false,"
                                             "\"time\":4,\"operation\":\"refresh\",\"step\":"
                                             "\"refresh\",\"requestId\":\"q\",\"clockOffset\":-7}}}";
    struct fixture *f = *state;
    struct store store;

    fixture_write_state(f, whole);
    open_store(f, &store);
    assert_null(store.fault);
    assert_string_equal(json_text(store.document, NULL), whole);
    store_done(&store);
}

/* Each text that is set aside, and stays a fault until a person has removed it. */
static void test_corrupt(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "null",
        "{}",
        DOCUMENT("", "unregistered", "") "x",
        "{\"version\":3,\"settings\":[],\"commits\":[],\"registration\":7}",
    };
    struct fixture *f = *state;
    struct store store;
    char path[512], name[256], expected[512];

    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        print_message("%s\n", texts[i]);
        fixture_write_state(f, texts[i]);
        open_store(f, &store);
        assert_false(store.read_only);
        assert_string_equal(json_get_string(document_registration(store.document), "state"), "unregistered");
        assert_int_equal(count_files(f, "", name, sizeof(name)), 1);
        assert_int_equal(strncmp(name, "state.json.corrupt-", 19), 0);
        assert_int_equal(strlen(name), 19 + strlen("20260131T120000Z"));
        snprintf(expected, sizeof(expected),
            "The state file could not be read and was set aside as %s/%s; the appliance started as new, and "
            "its "
            "device may still be in the portal. Stop the daemon to restore it, or remove it.",
            f->state, name);
        assert_string_equal(store.fault, expected);
        _cleanup_free_ char *kept = fixture_read(path_of(f, name, path, sizeof(path)));
        assert_string_equal(kept, texts[i]);

        /* A commit works, and the fault stays for as long as the file does. */
        assert_int_equal(store_commit(&store, store_begin(&store)), 0);
        assert_string_equal(store.fault, expected);
        store_look_again(&store);
        assert_string_equal(store.fault, expected);
        assert_int_equal(unlink(path), 0);
        store_look_again(&store);
        assert_null(store.fault);
        store_done(&store);
        assert_int_equal(unlink(path_of(f, "state.json", path, sizeof(path))), 0);
    }
}

/* An older version is read as the newest one; the file is as it was until something changes. */
static void test_older(void **state)
{
    static const char older[] = "{\"version\":1,\"settings\":{},\"commits\":[],\"registration\":{\"state\":"
                                "\"registered\",\"since\":3," IDENTITY "}}";
    struct fixture *f = *state;
    struct store store;
    char path[128];

    fixture_write_state(f, older);
    for (int i = 0; i < 2; i++) {
        open_store(f, &store);
        assert_null(store.fault);
        assert_int_equal(json_get_int(store.document, "version", 0), FORMAT_VERSION);
        assert_true(json_get_bool(store.document, "everRegistered", false));
        _cleanup_free_ char *kept = fixture_read(path_of(f, "state.json", path, sizeof(path)));
        assert_string_equal(kept, older);
        if (i == 0)
            store_done(&store);
    }
    assert_int_equal(store_commit(&store, store_begin(&store)), 0);
    _cleanup_free_ char *text = fixture_read(path);
    assert_string_equal(text, json_text(store.document, NULL));
    assert_non_null(strstr(text, "{\"version\":3,"));
    store_done(&store);
}

/* A commit that fails leaves memory and disk as they were, and the next one that works clears the fault. */
static void test_failed_commit(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char path[128], fault[256];

    fixture_write_state(f, REGISTERED);
    open_store(f, &store);
    json_object *before = store.document, *copy = store_begin(&store);
    assert_int_equal(document_set_string(document_registration(copy), "guid", NULL), 0);
    assert_int_equal(mkdir(path_of(f, "state.json.new", path, sizeof(path)), 0700), 0);
    assert_int_equal(store_commit(&store, copy), -EEXIST);
    assert_ptr_equal(store.document, before);
    snprintf(fault, sizeof(fault), "Can't write %s/state.json: File exists.", f->state);
    assert_string_equal(store.fault, fault);
    assert_string_equal(json_get_string(document_registration(store.document), "guid"), GUID);
    _cleanup_free_ char *text = fixture_read(path_of(f, "state.json", path, sizeof(path)));
    assert_string_equal(text, REGISTERED);

    assert_int_equal(rmdir(path_of(f, "state.json.new", path, sizeof(path))), 0);
    assert_int_equal(store_commit(&store, store_begin(&store)), 0);
    assert_null(store.fault);
    store_done(&store);
}

/* What the next start could not understand never takes the place of what it can. */
static void test_read_back(void **state)
{
    static const struct {
        const char *member, *text;
    } cases[] = { { "guid", "j\xfcrgen" }, { "unheard", "of" }, { "step", "dance" },
        { "guid", "longer than the thirty-six characters of a guid" }, { "state", "asleep" },
        { "since", "today" } };
    struct fixture *f = *state;
    struct store store;
    char path[128];

    fixture_write_state(f, REGISTERED);
    open_store(f, &store);
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        json_object *copy = store_begin(&store);

        assert_int_equal(document_set_string(document_registration(copy), cases[i].member, cases[i].text), 0);
        assert_int_equal(store_commit(&store, copy), -EBADMSG);
        assert_non_null(store.fault);
        _cleanup_free_ char *text = fixture_read(path_of(f, "state.json", path, sizeof(path)));
        assert_string_equal(text, REGISTERED);
        assert_int_equal(access(path_of(f, "state.json.new", path, sizeof(path)), F_OK), -1);
    }
    assert_int_equal(store_commit(&store, store_begin(&store)), 0);
    assert_null(store.fault);
    store_done(&store);
}

static void move_away(struct fixture *f, char *away, size_t size)
{
    snprintf(away, size, "%s/away", f->directory);
    assert_int_equal(rename(f->state, away), 0);
}

/* The directory is removed, or another one takes its place, while the store holds it: the new one gets the state. */
static void test_a_directory_that_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char path[128], away[128], name[256];

    for (int removed = 0; removed < 2; removed++) {
        fixture_write_state(f, REGISTERED);
        open_store(f, &store);
        if (removed) {
            assert_int_equal(unlink(path_of(f, "state.json", path, sizeof(path))), 0);
            assert_int_equal(rmdir(f->state), 0);
        } else {
            move_away(f, away, sizeof(away));
            assert_int_equal(mkdir(f->state, 0700), 0);
        }
        assert_int_equal(store_commit(&store, store_begin(&store)), 0);
        assert_null(store.fault);
        assert_int_equal(count_files(f, "", name, sizeof(name)), 1);
        _cleanup_free_ char *text = fixture_read(path_of(f, "state.json", path, sizeof(path)));
        assert_string_equal(text, REGISTERED);
        /* The lock is on the new one. */
        struct store other;
        assert_int_equal(store_open(&other, f->state), -EAGAIN);
        store_done(&other);
        store_done(&store);
    }
}

/* A directory with a state of its own is left as it is, until a restart uses it or the former one is back. */
static void test_a_directory_with_a_state_of_its_own(void **state)
{
    static const char other[] = "{\"other\":1}";
    struct fixture *f = *state;
    struct store store;
    char path[128], away[128];

    fixture_write_state(f, REGISTERED);
    open_store(f, &store);
    move_away(f, away, sizeof(away));
    fixture_write_state(f, other);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_commit(&store, store_begin(&store)), -ESTALE);
        assert_non_null(strstr(store.fault, "was replaced, and the new one has a state of its own"));
        assert_non_null(strstr(store.fault, "Restart the daemon"));
    }
    _cleanup_free_ char *text = fixture_read(path_of(f, "state.json", path, sizeof(path)));
    assert_string_equal(text, other);

    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(f->state), 0);
    assert_int_equal(rename(away, f->state), 0);
    assert_int_equal(store_commit(&store, store_begin(&store)), 0);
    assert_null(store.fault);
    store_done(&store);
}

/* With a file or an unwritable directory at the path, the fault says to restart after mending it. */
static void test_a_directory_that_can_not_be_followed(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char away[128];

    fixture_write_state(f, REGISTERED);
    open_store(f, &store);
    move_away(f, away, sizeof(away));
    fixture_write(f->state, "no directory");
    assert_int_equal(store_commit(&store, store_begin(&store)), -ENOTDIR);
    assert_non_null(
        strstr(store.fault, "was removed and can't be used: Not a directory. Restart the daemon"));
    assert_int_equal(unlink(f->state), 0);
    assert_int_equal(mkdir(f->state, 0700), 0);
    char path[128];
    assert_int_equal(mkdir(path_of(f, "state.json.new", path, sizeof(path)), 0700), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_commit(&store, store_begin(&store)), -EEXIST);
        assert_non_null(strstr(store.fault, "restart the daemon when the former one is back"));
    }
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(store_commit(&store, store_begin(&store)), 0);
    assert_null(store.fault);
    store_done(&store);
}

static void count_change(void *userdata)
{
    ++*(int *)userdata;
}

/* The owner hears of each change of the fault. */
static void test_changes_of_the_fault(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char path[128];
    int changes = 0;

    open_store(f, &store);
    store.changed = count_change;
    store.userdata = &changes;
    assert_int_equal(mkdir(path_of(f, "state.json.new", path, sizeof(path)), 0700), 0);
    assert_int_equal(store_commit(&store, store_begin(&store)), -EEXIST);
    assert_true(changes > 0);
    changes = 0;
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(store_commit(&store, store_begin(&store)), 0);
    assert_true(changes > 0);
    store_done(&store);
}

static void test_too_large(void **state)
{
    struct fixture *f = *state;
    char *large = calloc(1, STORE_SIZE_MAX + 1);
    struct store store;

    open_store(f, &store);
    json_object *copy = store_begin(&store);
    memset(large, 'x', STORE_SIZE_MAX);
    assert_int_equal(document_set_string(document_registration(copy), "chain", large), 0);
    assert_int_equal(store_commit(&store, copy), -EFBIG);
    assert_null(json_get_string(document_registration(store.document), "chain"));
    free(large);
    store_done(&store);
}

/* complaint("state: a power cut leaves an empty or half state, or the next start fails") */
/* A crash in the middle of a write leaves the temporary file; it means nothing. */
static void test_left_over(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char path[128];

    fixture_write_state(f, REGISTERED);
    fixture_write(path_of(f, "state.json.new", path, sizeof(path)), "{\"ver");
    open_store(f, &store);
    assert_string_equal(json_text(store.document, NULL), REGISTERED);
    assert_int_equal(access(path, F_OK), -1);
    store_done(&store);
}

/* The second name of the old file that an earlier save or a crash could not drop hinders no save. */
static void test_left_over_previous(void **state)
{
    struct fixture *f = *state;
    struct store store;
    char path[128], name[256];

    fixture_write_state(f, REGISTERED);
    fixture_write(path_of(f, "state.json.previous", path, sizeof(path)), "{\"old\":1}");
    open_store(f, &store);
    assert_int_equal(access(path, F_OK), -1);
    for (int i = 0; i < 2; i++) {
        fixture_write(path, "{\"older\":1}");
        assert_int_equal(store_commit(&store, store_begin(&store)), 0);
        assert_null(store.fault);
        assert_int_equal(count_files(f, "", name, sizeof(name)), 1);
        _cleanup_free_ char *text = fixture_read(path_of(f, "state.json", name, sizeof(name)));
        assert_string_equal(text, REGISTERED);
    }
    store_done(&store);
}

static void test_lock(void **state)
{
    struct fixture *f = *state;
    struct store store, second;

    open_store(f, &store);
    assert_int_equal(store_open(&second, f->state), -EAGAIN);
    store_done(&second);
    store_done(&store);
    assert_int_equal(store_open(&second, f->state), 0);
    store_done(&second);
    assert_int_equal(store_open(&second, "/nowhere/state"), -ENOENT);
    store_done(&second);
    fixture_write(f->config, "");
    assert_int_equal(store_open(&second, f->config), -ENOTDIR);
    store_done(&second);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_directory, close_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new),
        TEST(test_commit),
        TEST(test_round_trip),
        TEST(test_corrupt),
        TEST(test_older),
        TEST(test_failed_commit),
        TEST(test_read_back),
        TEST(test_a_directory_that_is_replaced),
        TEST(test_a_directory_with_a_state_of_its_own),
        TEST(test_a_directory_that_can_not_be_followed),
        TEST(test_changes_of_the_fault),
        TEST(test_too_large),
        TEST(test_left_over),
        TEST(test_left_over_previous),
        TEST(test_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
