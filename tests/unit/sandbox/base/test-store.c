/* The directory of the sandbox: its files, their permissions and its locks. */
#include "sandbox/base/store.h"

#include "unit/helpers/sandbox/fixture.h"

#include "common/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

static mode_t mode_of(const struct store *store, const char *name)
{
    struct stat st;

    assert_int_equal(fstatat(store->fd, name, &st, 0), 0);
    return st.st_mode & 07777;
}

static void test_folders(void **state)
{
    static const char *const folders[] = { ".", "tokens", "enrollments", "pending", "contexts/APJC",
        "contexts/EUROPE", "contexts/AMERICAS" };

    for (size_t i = 0; i < ELEMENTS(folders); i++)
        assert_int_equal(mode_of(*state, folders[i]), 0700);
}

static void test_a_directory_is_made_on_demand_only(void **state)
{
    const struct store *store = *state;
    _cleanup_(store_close) struct store other = STORE_EMPTY;
    char path[64];

    snprintf(path, sizeof(path), "%s/other", store->path);
    assert_int_equal(store_open_directory(path, false, &other), -ENOENT);
    assert_int_equal(store_open_directory(path, true, &other), 0);
    assert_string_equal(other.path, path);
    store_close(&other);
    assert_int_equal(other.fd, -1);
    assert_int_equal(store_open_directory(path, false, &other), 0);
}

static void test_files(void **state)
{
    const struct store *store = *state;
    _cleanup_free_ char *first = NULL, *second = NULL;
    size_t size;

    assert_int_equal(store_read(store, "tokens/a", &first, &size), -ENOENT);
    assert_int_equal(store_write(store, "tokens/a", "one\0two", 7), 0);
    assert_int_equal(mode_of(store, "tokens/a"), 0600);
    assert_int_equal(store_read(store, "tokens/a", &first, &size), 0);
    assert_int_equal(size, 7);
    assert_memory_equal(first, "one\0two", 8);
    assert_int_equal(store_write(store, "tokens/a", "", 0), 0);
    assert_int_equal(store_read(store, "tokens/a", &second, NULL), 0);
    assert_string_equal(second, "");
    assert_int_equal(faccessat(store->fd, "tokens/a.tmp", F_OK, 0), -1);
    assert_int_equal(store_remove(store, "tokens/a"), 0);
    assert_int_equal(store_remove(store, "tokens/a"), -ENOENT);
}

/* They hold tokens and keys: a descriptor and a read that began before show zeros. */
static void test_what_is_replaced_is_overwritten(void **state)
{
    const struct store *store = *state;
    char found[8];

    for (int removed = 0; removed < 2; removed++) {
        assert_int_equal(store_write(store, "tokens/b", "secret", 6), 0);
        _cleanup_close_ int fd = openat(store->fd, "tokens/b", O_RDONLY | O_CLOEXEC);
        assert_int_equal(
            removed ? store_remove(store, "tokens/b") : store_write(store, "tokens/b", "new", 3), 0);
        assert_int_equal(pread(fd, found, sizeof(found), 0), sizeof(found));
        for (size_t i = 0; i < sizeof(found); i++)
            assert_int_equal(found[i], 0);
    }
}

static void test_what_is_not_a_file(void **state)
{
    char *text;

    assert_int_equal(store_read(*state, "tokens", &text, NULL), -EBADMSG);
    assert_int_equal(store_write(*state, "tokens", "x", 1), -EISDIR);
    assert_int_equal(store_write(*state, "nowhere/a", "x", 1), -ENOENT);
}

static void write_text(const struct store *store, const char *name, const char *text)
{
    assert_int_equal(store_write(store, name, text, strlen(text)), 0);
}

static void test_documents(void **state)
{
    const struct store *store = *state;
    _cleanup_json_ json_object *document = NULL, *read = NULL;

    write_text(store, "a.json", "[1]");
    assert_int_equal(store_read_json(store, "a.json", &document), 0);
    assert_int_equal(store_write_json(store, "b.json", document), 0);
    assert_int_equal(store_read_json(store, "b.json", &read), 0);
    assert_true(json_object_equal(document, read));
    write_text(store, "a.json", "7");
    assert_int_equal(store_read_json(store, "a.json", &read), -EBADMSG);
    write_text(store, "a.json", "{");
    assert_int_equal(store_read_json(store, "a.json", &read), -EBADMSG);
    assert_int_equal(store_read_json(store, "c.json", &read), -ENOENT);
}

static void test_lists(void **state)
{
    const struct store *store = *state;
    _cleanup_json_ json_object *list = NULL, *empty = NULL, *none = NULL;

    write_text(store, "tokens/c.json", "[3]");
    write_text(store, "tokens/a.json", "[1]");
    write_text(store, "tokens/b.json", "[");
    write_text(store, "tokens/d.json.tmp", "[4]");
    assert_int_equal(store_list(store, "tokens", &list), 0);
    assert_string_equal(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN), "[[1],[3]]");
    assert_int_equal(store_list(store, "pending", &empty), 0);
    assert_int_equal(json_object_array_length(empty), 0);
    assert_int_equal(store_list(store, "nowhere", &none), -ENOENT);
}

static void test_the_lock_of_the_documents(void **state)
{
    const struct store *store = *state;
    int lock = store_lock(store);
    _cleanup_close_ int other = openat(store->fd, "state.lock", O_RDWR | O_CLOEXEC);

    assert_true(lock >= 0 && other >= 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    close(lock);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
}

static void test_the_lock_of_the_server(void **state)
{
    _cleanup_close_ int first = -1, second = -1;
    long pid = 0;

    first = store_lock_server(*state, &pid);
    assert_true(first >= 0);
    assert_int_equal(store_lock_server(*state, &pid), -EWOULDBLOCK);
    assert_int_equal(pid, getpid());
    first = safe_close(first);
    second = store_lock_server(*state, &pid);
    assert_true(second >= 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_folders),
        TEST(test_a_directory_is_made_on_demand_only),
        TEST(test_files),
        TEST(test_what_is_replaced_is_overwritten),
        TEST(test_what_is_not_a_file),
        TEST(test_documents),
        TEST(test_lists),
        TEST(test_the_lock_of_the_documents),
        TEST(test_the_lock_of_the_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
