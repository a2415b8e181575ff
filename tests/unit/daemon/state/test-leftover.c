/* Files that may hold keys, as they go. */
#include "daemon/state/leftover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>

#include "unit/helpers/daemon/fixture.h"

static int directory;

static int enter_directory(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    *state = &f;
    directory = open(f.directory, O_RDONLY | O_DIRECTORY);
    return directory < 0 ? -1 : chdir(f.directory);
}

static int leave_directory(void **state)
{
    close(directory);
    fixture_close(*state);
    return 0;
}

static void test_discard(void **state)
{
    char large[10000], read_back[10000];

    (void)state;
    memset(large, 'k', sizeof(large) - 1);
    large[sizeof(large) - 1] = 0;
    fixture_write("a", large);
    _cleanup_close_ int fd = open("a", O_RDONLY);
    assert_int_equal(leftover_discard(directory, "a"), 0);
    assert_int_equal(access("a", F_OK), -1);
    assert_true(read(fd, read_back, sizeof(read_back)) >= (ssize_t)sizeof(large) - 1);
    for (size_t i = 0; i < sizeof(large) - 1; i++)
        assert_int_equal(read_back[i], 0);
    assert_int_equal(leftover_discard(directory, "a"), -ENOENT);
}

/* It keeps its name, and what is no regular file is left alone. */
static void test_overwrite(void **state)
{
    (void)state;
    fixture_write("b", "KEY");
    fixture_write("target", "KEY");
    assert_int_equal(symlink("target", "link-to-it"), 0);
    leftover_overwrite(directory, "b");
    leftover_overwrite(directory, "link-to-it");
    leftover_overwrite(directory, "nothing");
    _cleanup_free_ char *overwritten = fixture_read("b"), *target = fixture_read("target");
    assert_string_equal(overwritten, "");
    assert_string_equal(target, "KEY");
}

/* What has another name, or is no file, is not written to. */
static void test_what_is_not_overwritten(void **state)
{
    (void)state;
    fixture_write("state", "KEY");
    assert_int_equal(link("state", "second"), 0);
    assert_int_equal(symlink("state", "link"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(leftover_discard(directory, "second"), 0);
    assert_int_equal(leftover_discard(directory, "link"), 0);
    assert_int_equal(leftover_discard(directory, "fifo"), 0);
    assert_true(leftover_discard(directory, ".") < 0);
    char *text = fixture_read("state");
    assert_string_equal(text, "KEY");
    free(text);
}

static void test_find(void **state)
{
    char name[NAME_MAX + 1] = "";

    (void)state;
    fixture_write("state.json", "");
    fixture_write("state.json.corrupt", "");
    assert_int_equal(leftover_find_corrupt(directory, name, sizeof(name)), -ENOENT);
    fixture_write("state.json.corrupt-x", "");
    assert_int_equal(leftover_find_corrupt(directory, name, sizeof(name)), 0);
    assert_string_equal(name, "state.json.corrupt-x");
    assert_int_equal(leftover_find_corrupt(-1, name, sizeof(name)), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_discard, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(test_overwrite, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(test_what_is_not_overwritten, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(test_find, enter_directory, leave_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
