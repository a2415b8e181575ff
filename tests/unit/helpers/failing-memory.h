/*
 * Memory that runs out at the k-th allocation, whichever library asks for it: failing_memory_begin(k) arms it for the calling
 * thread, failing_memory_end() disarms it and says whether it failed. A test repeats its work for every k until nothing
 * failed. To be included by one source of a program. A sanitizer has its own allocator: there, nothing ever fails.
 */
#pragma once

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static __thread long failing_memory_left; /* allocations until the one that fails; 0: none will */
static __thread bool failing_memory_failed;

static inline void failing_memory_begin(long k)
{
    failing_memory_failed = false;
    failing_memory_left = k;
}

static inline bool failing_memory_end(void)
{
    failing_memory_left = 0;
    return failing_memory_failed;
}

/* From one allocation on, all fail: what is tried again after a failure fails, too. */
static inline bool failing_memory_fails(void)
{
    if (failing_memory_left == 0)
        return false;
    if (failing_memory_left > 1) {
        failing_memory_left--;
        return false;
    }
    failing_memory_failed = true;
    errno = ENOMEM;
    return true;
}

#ifndef __SANITIZE_ADDRESS__
/* The C library's own functions, which stay reachable by these names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return failing_memory_fails() ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size)
{
    return failing_memory_fails() ? NULL : __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *realloc(void *block, size_t size)
{
    return failing_memory_fails() ? NULL : __libc_realloc(block, size);
}
#endif
