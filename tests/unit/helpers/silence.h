/*
 * Keeps the output of tested functions out of the test's own: from silence_begin() to silence_end() standard
 * output and standard error lead to /dev/null.
 */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct silence {
    int out, error; /* descriptors of what was there before */
};

static inline struct silence silence_begin(void)
{
    struct silence saved = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    fflush(NULL);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    close(null);
    return saved;
}

static inline void silence_end(const struct silence *saved)
{
    fflush(NULL);
    dup2(saved->out, STDOUT_FILENO);
    dup2(saved->error, STDERR_FILENO);
    close(saved->out);
    close(saved->error);
}
