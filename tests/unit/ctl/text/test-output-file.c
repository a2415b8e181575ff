/* Text that goes into what a path names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/memory.h"
#include "ctl/text/output-file.h"
#include "unit/helpers/temporary.h"

/* What is at the path before, and what must be there then. */
static const struct {
    const char *name;
    int result;
    const char *why; /* NULL: any */
    mode_t kind;
} cases[] = {
    { "new", 0, NULL, S_IFREG },
    { "old", 0, NULL, S_IFREG },
    { "link", 0, NULL, S_IFLNK },
    { "dangling", 0, NULL, S_IFLNK },
    { "loop", -ELOOP, "Too many levels of symbolic links", S_IFLNK },
    { "folder", -EISDIR, "Is a directory", S_IFDIR },
    { "fifo", -ENXIO, "nobody reads the FIFO", S_IFIFO },
    { "null", 0, NULL, S_IFLNK },
    { "full", -ENOSPC, "No space left on device", S_IFLNK },
};

static void check_content(const char *path, const char *expected)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof(text) - 1, file), strlen(expected));
    fclose(file);
    assert_string_equal(text, expected);
}

static void test_targets(void **state)
{
    char folder[TEMPORARY_SIZE];
    const char *why = NULL;
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(temporary_template(folder, "test-output-file")));
    assert_int_equal(chdir(folder), 0);
    safe_close(open("old", O_WRONLY | O_CREAT, 0600));
    assert_int_equal(symlink("old", "link") | symlink("made", "dangling") | symlink("loop", "loop"), 0);
    assert_int_equal(mkdir("folder", 0700) | mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("/dev/null", "null") | symlink("/dev/full", "full"), 0);
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        print_message("%s\n", cases[i].name);
        assert_int_equal(output_file_write(cases[i].name, "a\n\033b", &why), cases[i].result);
        if (cases[i].why)
            assert_string_equal(why, cases[i].why);
        assert_int_equal(lstat(cases[i].name, &st), 0);
        assert_int_equal(st.st_mode & S_IFMT, cases[i].kind);
    }
    static const char *const made[] = { "new", "old", "made" };
    for (size_t i = 0; i < ELEMENTS(made); i++) {
        check_content(made[i], "a\n\\x1bb\n");
        assert_int_equal(stat(made[i], &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        unlink(made[i]);
    }
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        if (unlink(cases[i].name) < 0)
            rmdir(cases[i].name);
    /* Nothing is left beside them. */
    assert_int_equal(chdir("/") | rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
