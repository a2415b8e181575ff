/* The content of an overwritten file. */
#include "common/erase-file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/helpers/temporary.h"

static void test_sizes(void **state)
{
    static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 10000 };
    char path[TEMPORARY_SIZE], text[10000], found[3 * 4096];
    int fd = mkstemp(temporary_template(path, "test-erase"));

    (void)state;
    assert_true(fd >= 0);
    memset(text, 'k', sizeof(text));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, text, sizes[i], 0), sizes[i]);
        erase_file(fd);
        ssize_t n = pread(fd, found, sizeof(found), 0);
        assert_true(n >= (ssize_t)sizes[i] && n % 4096 == 0);
        for (ssize_t k = 0; k < n; k++)
            assert_int_equal(found[k], 0);
    }
    close(fd);
    unlink(path);
}

/* Where nothing can be overwritten, nothing happens. */
static void test_others(void **state)
{
    char path[TEMPORARY_SIZE], found[4] = "";
    int fd = mkstemp(temporary_template(path, "test-erase")), reading = open(path, O_RDONLY), pipes[2];

    (void)state;
    assert_int_equal(write(fd, "key", 3), 3);
    erase_file(reading);
    assert_int_equal(pread(fd, found, 3, 0), 3);
    assert_string_equal(found, "key");
    assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
    erase_file(pipes[1]);
    assert_int_equal(read(pipes[0], found, 1), -1);
    erase_file(-1);
    close(fd);
    close(reading);
    close(pipes[0]);
    close(pipes[1]);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sizes), cmocka_unit_test(test_others) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
