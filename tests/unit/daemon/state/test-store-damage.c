/* The state file, damaged in every way that can be tried: never a crash, never a silent reset. What can't be understood is
 * set aside as it is, what is not ours is left alone, and the fault says which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

#define NEWER                                                                                                \
    ", but this program knows versions up to 3 only. It is left as it is, and nothing is sent to the "       \
    "cloud: "                                                                                                \
    "install the "                                                                                           \
    "newer program again, or move the file away and run reset-identity to start as new."

static const char whole[] =
    "{\"version\":3,\"machineId\":\"00112233445566778899aabbccddeeff\",\"settings\":{\"enabled\":true,"
    "\"server\":\"EUROPE\",\"revision\":1},\"commits\":[{\"revision\":1,\"time\":2,\"uid\":0,\"userName\":"
    "\"root\",\"comment\":\"join\",\"enabled\":true}],\"registration\":{\"state\":\"registered\",\"since\":"
    "3," IDENTITY ",\"renewalStep\":\"renewal-certificate\",\"newPrivateKey\":\"K2\",\"nextRenewal\":5,"
    "\"tenant\":{\"id\":\"i\","
    "\"name\":\"n\"},\"lastSuccess\":4,\"lastFailure\":{\"reason\":\"dns_failed\",\"message\":\"m\","
    "\"remedy\":\"r\","
    "\"permanent\":false,\"time\":4,\"operation\":\"refresh\",\"step\":\"refresh\"}}}";

static int open_directory(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    log_set_level(LOG_EMERG);
    assert_int_equal(mkdir(f.state, 0700), 0);
    *state = &f;
    return 0;
}

static int close_directory(void **state)
{
    fixture_close(*state);
    return 0;
}

static const char *state_path(const struct fixture *f)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/state.json", f->state);
    return path;
}

static void write_bytes(const struct fixture *f, const char *bytes, size_t size)
{
    _cleanup_close_ int fd = open(state_path(f), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
}

/* The one file that was set aside: checks that it has these bytes and that the fault names it, and removes it. */
static void check_set_aside(
    const struct fixture *f, const struct store *store, const char *bytes, size_t size)
{
    DIR *directory = opendir(f->state);
    char path[512] = "";
    struct stat st;

    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.') {
            assert_int_equal(strncmp(entry->d_name, "state.json.corrupt-", 19), 0);
            assert_string_equal(path, "");
            snprintf(path, sizeof(path), "%s/%s", f->state, entry->d_name);
        }
    closedir(directory);
    assert_string_not_equal(path, "");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, size);
    _cleanup_free_ char *kept = fixture_read(path);
    assert_memory_equal(kept, bytes, size);
    assert_non_null(strstr(store->fault, path));
    assert_false(store->read_only);
    assert_string_equal(json_get_string(document_registration(store->document), "state"), "unregistered");
    assert_int_equal(unlink(path), 0);
}

/* Checks that the undamaged part is in use and the damaged file was set aside; removes both. */
static void check_mended(const struct fixture *f, const struct store *store, const char *bytes, size_t size)
{
    const char *name = strstr(store->fault, "state.json.corrupt-"),
               *end = name ? strstr(name, "-mended; ") : NULL;
    char path[512];
    struct stat st;

    assert_non_null(end);
    snprintf(path, sizeof(path), "%s/%.*s-mended", f->state, (int)(end - name), name);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, size);
    _cleanup_free_ char *kept = fixture_read(path), *now = fixture_read(state_path(f));
    assert_memory_equal(kept, bytes, size);
    assert_string_equal(now, json_text(store->document, NULL));
    assert_true(store->saved.ever_registered);
    assert_false(store->read_only);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(state_path(f)), 0);
}

/* The file is where it was, and no commit replaces it. */
static void check_left_alone(const struct fixture *f, const char *begin, const char *end)
{
    struct store store;
    struct stat before, after;
    char expected[512];

    assert_int_equal(lstat(state_path(f), &before), 0);
    assert_int_equal(store_open(&store, f->state), 0);
    snprintf(expected, sizeof(expected), "%s%s%s", begin, state_path(f), end);
    assert_string_equal(store.fault, expected);
    assert_true(store.read_only);
    assert_string_equal(json_get_string(document_registration(store.document), "state"), "unregistered");
    assert_int_equal(store_commit(&store, store_begin(&store)), -EROFS);
    store_done(&store);
    assert_int_equal(lstat(state_path(f), &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_size, before.st_size);
    assert_true(
        after.st_mtim.tv_sec == before.st_mtim.tv_sec && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
}

static void test_undamaged(void **state)
{
    struct fixture *f = *state;
    struct store store;

    write_bytes(f, whole, sizeof(whole) - 1);
    assert_int_equal(store_open(&store, f->state), 0);
    assert_null(store.fault);
    assert_string_equal(json_text(store.document, NULL), whole);
    store_done(&store);
}

/* complaint("state: a damaged state crashes the agent, or is replaced silently") */
static void test_truncated_at_every_length(void **state)
{
    struct fixture *f = *state;
    struct store store;

    for (size_t size = 0; size < sizeof(whole) - 1; size++) {
        write_bytes(f, whole, size);
        assert_int_equal(store_open(&store, f->state), 0);
        check_set_aside(f, &store, whole, size);
        store_done(&store);
    }
}

/* A file whose tail is zeros, as some file systems leave it after a power cut. */
static void test_zeros_from_every_length(void **state)
{
    char bytes[sizeof(whole) - 1];
    struct fixture *f = *state;
    struct store store;

    for (size_t size = 0; size < sizeof(bytes); size += 7) {
        memset(bytes, 0, sizeof(bytes));
        memcpy(bytes, whole, size);
        write_bytes(f, bytes, sizeof(bytes));
        assert_int_equal(store_open(&store, f->state), 0);
        check_set_aside(f, &store, bytes, sizeof(bytes));
        store_done(&store);
    }
}

/* complaint("state: a damaged state crashes the agent, or is replaced silently") */
/* Every byte is flipped in one bit, another from byte to byte. Where the text still makes sense (a letter of a name) it is
 * taken as it stands: nothing of the rest is lost. */
static void test_each_byte_flipped(void **state)
{
    size_t size = sizeof(whole) - 1, taken = 0, newer = 0, mended = 0, registered = 0;
    struct fixture *f = *state;
    struct store store;
    char bytes[sizeof(whole)];

    for (size_t at = 0; at < size; at++) {
        memcpy(bytes, whole, sizeof(bytes));
        bytes[at % size] =
            (char)((unsigned char)bytes[at % size] ^ (1U << (at < size ? at % 8 : (at * 5 + 3) % 8)));
        write_bytes(f, bytes, size);
        assert_int_equal(store_open(&store, f->state), 0);
        if (!store.fault) {
            assert_string_equal(
                json_get_string(document_registration(store.document), "state"), "registered");
            assert_non_null(json_get_string(document_registration(store.document), "guid"));
            assert_int_equal(strlen(json_text(store.document, NULL)), size);
            taken++;
        } else if (store.read_only) {
            assert_non_null(strstr(store.fault, NEWER));
            newer++;
        } else if (strstr(store.fault, "-mended")) {
            registered += store.saved.state == STATE_REGISTERED;
            check_mended(f, &store, bytes, size);
            mended++;
        } else
            check_set_aside(f, &store, bytes, size);
        store_done(&store);
    }
    /* Most of what is still JSON is still a registration. */
    assert_true(mended > 100 && registered > mended / 2);
    /* The version is one digit, and at least the names of all members are checked. */
    assert_true(newer <= 2);
    assert_true(taken > 0 && taken < size);
}

static void test_versions(void **state)
{
    static const char *const wrong[] = { "0", "-1", "\"1\"", "1.5", "true", "null", "{}", "[1]" };
    static const char *const newer[] = { "4", "9223372036854775807" };
    struct fixture *f = *state;
    struct store store;
    char text[sizeof(whole) + sizeof(NEWER)];

    for (size_t i = 0; i < ELEMENTS(wrong); i++) {
        int size =
            snprintf(text, sizeof(text), "{\"version\":%s%s", wrong[i], whole + strlen("{\"version\":3"));
        write_bytes(f, text, (size_t)size);
        assert_int_equal(store_open(&store, f->state), 0);
        assert_int_equal(store.saved.state, STATE_REGISTERED);
        check_mended(f, &store, text, (size_t)size);
        store_done(&store);
    }
    for (size_t i = 0; i < ELEMENTS(newer); i++) {
        int size = snprintf(text, sizeof(text), "{\"version\":%s}", newer[i]);
        write_bytes(f, text, (size_t)size);
        snprintf(text, sizeof(text), " has version %s" NEWER, newer[i]);
        check_left_alone(f, "", text);
    }
}

/* Root gives the file to someone else; who is not root takes his own permission away. */
static void test_owner_and_permission(void **state)
{
    struct fixture *f = *state;

    write_bytes(f, whole, sizeof(whole) - 1);
    if (geteuid() == 0) {
        assert_int_equal(chown(state_path(f), 65534, 65534), 0);
        check_left_alone(f, "Can't read ", ": Operation not permitted. It is left as it is.");
    } else {
        assert_int_equal(chmod(state_path(f), 0), 0);
        check_left_alone(f, "Can't read ", ": Permission denied. It is left as it is.");
    }
}

static void test_modes_are_tightened(void **state)
{
    static const mode_t modes[] = { 0777, 0666, 0644, 0640, 0604, 0601, 0700, 0600 };
    struct fixture *f = *state;
    struct store store;
    struct stat st;

    write_bytes(f, whole, sizeof(whole) - 1);
    for (size_t i = 0; i < ELEMENTS(modes); i++) {
        assert_int_equal(chmod(state_path(f), modes[i]), 0);
        assert_int_equal(store_open(&store, f->state), 0);
        assert_null(store.fault);
        assert_int_equal(stat(state_path(f), &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i] & 077 ? 0600 : modes[i]);
        store_done(&store);
    }
}

static void test_not_a_file(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char elsewhere[128];

    /* A link to a good state, too: it is not where it should be. */
    write_bytes(f, whole, sizeof(whole) - 1);
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", f->directory);
    assert_int_equal(rename(state_path(f), elsewhere), 0);
    assert_int_equal(symlink(elsewhere, state_path(f)), 0);
    check_left_alone(f, "Can't read ", ": Too many levels of symbolic links. It is left as it is.");
    assert_int_equal(unlink(state_path(f)), 0);

    assert_int_equal(symlink("nowhere", state_path(f)), 0);
    check_left_alone(f, "Can't read ", ": Too many levels of symbolic links. It is left as it is.");
    assert_int_equal(unlink(state_path(f)), 0);

    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", state_path(f));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    check_left_alone(f, "Can't read ", ": No such device or address. It is left as it is.");
    assert_int_equal(unlink(state_path(f)), 0);

    assert_int_equal(mkfifo(state_path(f), 0600), 0);
    check_left_alone(f, "Can't read ", ": Operation not permitted. It is left as it is.");
    assert_int_equal(unlink(state_path(f)), 0);

    assert_int_equal(mkdir(state_path(f), 0700), 0);
    check_left_alone(f, "Can't read ", ": Operation not permitted. It is left as it is.");
}

static void test_huge(void **state)
{
    struct fixture *f = *state;
    struct store store;

    write_bytes(f, whole, sizeof(whole) - 1);
    assert_int_equal(truncate(state_path(f), INT64_C(1) << 40), 0);
    check_left_alone(f, "Can't read ", ": File too large. It is left as it is.");
    assert_int_equal(truncate(state_path(f), STORE_SIZE_MAX + 1), 0);
    check_left_alone(f, "Can't read ", ": File too large. It is left as it is.");

    /* As large as a state may be, but no state. */
    char *blanks = malloc(STORE_SIZE_MAX);
    assert_non_null(blanks);
    memset(blanks, ' ', STORE_SIZE_MAX);
    write_bytes(f, blanks, STORE_SIZE_MAX);
    assert_int_equal(store_open(&store, f->state), 0);
    check_set_aside(f, &store, blanks, STORE_SIZE_MAX);
    store_done(&store);
    free(blanks);
}

/* Where no name is free the file stays, and nothing is written over it. */
static void test_cannot_be_set_aside(void **state)
{
    struct fixture *f = *state;
    time_t now = time(NULL);
    char path[256], stamp[32];

    for (time_t second = now; second < now + 60; second++) {
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime(&second));
        for (int i = 0; i < 10; i++) {
            snprintf(path, sizeof(path), i ? "%s/state.json.corrupt-%s-%d" : "%s/state.json.corrupt-%s",
                f->state, stamp, i);
            fixture_write(path, "");
        }
    }
    write_bytes(f, "{", 1);
    check_left_alone(f, "", " is damaged and can't be set aside: File exists.");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_directory, close_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_undamaged),
        TEST(test_truncated_at_every_length),
        TEST(test_zeros_from_every_length),
        TEST(test_each_byte_flipped),
        TEST(test_versions),
        TEST(test_owner_and_permission),
        TEST(test_modes_are_tightened),
        TEST(test_not_a_file),
        TEST(test_huge),
        TEST(test_cannot_be_set_aside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
