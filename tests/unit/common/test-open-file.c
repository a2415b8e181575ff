/* Files to read, and what else may stand at their path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/open-file.h"
#include "unit/helpers/temporary.h"

static char directory[TEMPORARY_SIZE], path[80];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(temporary_template(directory, "test-open-file")))
        return -1;
    snprintf(path, sizeof(path), "%s/file", directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void test_regular(void **state)
{
    char line[16] = "";
    FILE *file = fopen(path, "we");

    (void)state;
    assert_non_null(file);
    fputs("a line\n", file);
    fclose(file);

    file = open_file_to_read(path);
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    assert_string_equal(line, "a line\n");
    assert_int_equal(fcntl(fileno(file), F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(fileno(file), F_GETFL) & O_ACCMODE, O_RDONLY);
    fclose(file);
}

static void test_missing(void **state)
{
    (void)state;
    errno = 0;
    assert_null(open_file_to_read(path));
    assert_int_equal(errno, ENOENT);
}

/* Nobody writes into the FIFO: open() would wait for ever. */
static void test_fifo(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(10);
    FILE *file = open_file_to_read(path);
    alarm(0);
    assert_non_null(file);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_regular, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fifo, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
