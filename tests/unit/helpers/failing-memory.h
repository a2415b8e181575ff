/*
 * Memory that runs out at the k-th allocation, whichever library asks for it: failing_memory_begin(k) arms it for the calling
 * thread, failing_memory_end() disarms it and says whether it failed. A test repeats its work for every k until nothing
 * failed. To be included by one source of a program.
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

/* From one allocation on, all fail, so that a repeated attempt also fails. */
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

/* The allocator's own functions, which stay reachable by these names. */
#ifdef __SANITIZE_ADDRESS__
/* Without memory, the libraries themselves lose what they can't add. */
const char *__lsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:libjson-c\nleak:libcurl\nleak:libssl\nleak:libcrypto\n";
}

#define FAILING_MEMORY_REAL(function) __interceptor_##function
#else
#define FAILING_MEMORY_REAL(function) __libc_##function
#endif
void *FAILING_MEMORY_REAL(malloc)(size_t size);
void *FAILING_MEMORY_REAL(calloc)(size_t n, size_t size);
void *FAILING_MEMORY_REAL(realloc)(void *block, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return failing_memory_fails() ? NULL : FAILING_MEMORY_REAL(malloc)(size);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size)
{
    return failing_memory_fails() ? NULL : FAILING_MEMORY_REAL(calloc)(n, size);
}

__attribute__((visibility("default"))) void *realloc(void *block, size_t size)
{
    return failing_memory_fails() ? NULL : FAILING_MEMORY_REAL(realloc)(block, size);
}

/* A sanitizer's copies of these would not ask for memory by malloc(). */
__attribute__((visibility("default"))) char *strndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = malloc(length + 1);

    if (copy) {
        memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

__attribute__((visibility("default"))) char *strdup(const char *text)
{
    return strndup(text, strlen(text));
}
