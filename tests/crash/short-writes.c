/* Preloaded into a program: what it writes and sends is taken SHORT_WRITES bytes at a time, as a kernel may. */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t shorten(size_t size)
{
    const char *most = getenv("SHORT_WRITES");
    size_t limit = most ? strtoul(most, NULL, 10) : 0;

    return limit > 0 && size > limit ? limit : size;
}

__attribute__((visibility("default"))) ssize_t write(int fd, const void *data, size_t size)
{
    static ssize_t (*next)(int, const void *, size_t);

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "write");
    return next(fd, data, shorten(size));
}

__attribute__((visibility("default"))) ssize_t sendto(
    int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
    static ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "sendto");
    return next(fd, data, shorten(size), flags, address, length);
}

__attribute__((visibility("default"))) ssize_t send(int fd, const void *data, size_t size, int flags)
{
    return sendto(fd, data, size, flags, NULL, 0);
}
