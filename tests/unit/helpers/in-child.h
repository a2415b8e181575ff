/* Checks that can't be undone run in a child of the test. Each returns 0, or the line that was not as it should be. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return __LINE__ % 256 ? __LINE__ % 256 : 1;                                                      \
    } while (0)
/* Refused, with an error number. */
#define REFUSED(call, number) ((call) < 0 && errno == (number))

static inline void run_in_child(int (*check)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(check());
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static inline int write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static inline int read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

/* Makes an empty file of a template, as mkstemp does. 0 or -1. */
static inline int make_file(char *template)
{
    int fd = mkstemp(template);

    return fd < 0 ? -1 : close(fd);
}
