/* Locks of files: who holds them, also after the end of who took them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/lock-file.h"

static char path[] = "/tmp/test-lock-file-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(path) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(path);
}

static int open_path(void)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void test_one_holder(void **state)
{
    int one = open_path(), other = open_path();

    (void)state;
    assert_int_equal(lock_file(one), 0);
    assert_int_equal(lock_file(one), 0);
    assert_int_equal(lock_file(other), -EWOULDBLOCK);
    close(one);
    assert_int_equal(lock_file(other), 0);
    close(other);
    assert_int_equal(lock_file(-1), -EBADF);
}

/* The holder has ended; a child that it had is about to execute a program, and ends as soon as we wait for the lock. */
static void test_a_child_of_the_holder(void **state)
{
    int fd = open_path(), ours = open_path(), status;
    pid_t us = getpid(), child;

    (void)state;
    assert_int_equal(lock_file(fd), 0);
    child = fork();
    if (child == 0) {
        char wchan[64] = "";
        for (;;) {
            snprintf(wchan, sizeof(wchan), "/proc/%d/stat", (int)us);
            FILE *stat_file = fopen(wchan, "re");
            char letter = 0;
            if (stat_file) {
                (void)!fscanf(stat_file, "%*d (%*[^)]) %c", &letter);
                fclose(stat_file);
            }
            if (letter == 'S')
                break;
        }
        _exit(0);
    }
    close(fd);
    assert_int_equal(flock(ours, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(lock_file(ours), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_holder),
        cmocka_unit_test(test_a_child_of_the_holder),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
