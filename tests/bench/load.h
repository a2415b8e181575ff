/* What the programs that put load on a server share. */
#pragma once

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LOAD_CALL(method) "{\"method\":\"org.threatresponse.agent." method "\"}"
#define LOAD_STREAM(method) "{\"method\":\"org.threatresponse.agent." method "\",\"more\":true}"

/* Nanoseconds of a clock. */
static inline int64_t load_clock(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t load_now(void)
{
    return load_clock(CLOCK_MONOTONIC);
}

static inline void load_fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* A connection to the server at the path. */
static inline int load_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        load_fail(path);
    return fd;
}

/* Sends a text with its NUL. */
static inline void load_send(int fd, const char *text, size_t size)
{
    if (write(fd, text, size) != (ssize_t)size)
        load_fail("write");
}

/* Reads until so many whole messages have come; no more are under way. */
static inline void load_receive(int fd, int messages)
{
    static char reply[262144];

    while (messages > 0) {
        ssize_t n = read(fd, reply, sizeof(reply));

        if (n <= 0)
            load_fail("read");
        for (char *p = reply; (p = memchr(p, 0, (size_t)(reply + n - p))); p++)
            messages--;
    }
}
