/*
 * Looks at every block of memory that is freed, by whichever library: freed_secrets_watch() names what may not be left in
 * one, freed_secrets_end() says how many blocks had it. To be included by one source of a program.
 */
#pragma once

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FREED_SECRETS_MAX = 8,
};

static const char *freed_secrets[FREED_SECRETS_MAX + 1]; /* ends with NULL */
static atomic_size_t freed_secrets_found;

static inline void freed_secrets_look(const void *block, size_t size)
{
    for (size_t i = 0; freed_secrets[i]; i++)
        if (memmem(block, size, freed_secrets[i], strlen(freed_secrets[i]))) {
            fprintf(stderr, "A block of %zu bytes is freed with \"%s\" in it.\n", size, freed_secrets[i]);
            freed_secrets_found++;
        }
}

#ifdef __SANITIZE_ADDRESS__
#define FREED_SECRETS_HOOK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FREED_SECRETS_HOOK 1
#endif
#endif

#ifdef FREED_SECRETS_HOOK
int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void *, size_t), void (*free_hook)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *block);

static inline void freed_secrets_on_malloc(const volatile void *block, size_t size)
{
    (void)block, (void)size;
}

static inline void freed_secrets_on_free(const volatile void *block)
{
    if (block)
        freed_secrets_look((const void *)(uintptr_t)block, __sanitizer_get_allocated_size(block));
}

__attribute__((constructor)) static void freed_secrets_install(void)
{
    __sanitizer_install_malloc_and_free_hooks(freed_secrets_on_malloc, freed_secrets_on_free);
}
#else
/* The C library's own functions, which stay reachable by these names. */
void __libc_free(void *block);
void *__libc_malloc(size_t size);

__attribute__((visibility("default"))) void free(void *block)
{
    if (block) {
        size_t size = malloc_usable_size(block);
        freed_secrets_look(block, size);
        /* The next owner of the block may free it without having written to it. */
        explicit_bzero(block, size);
    }
    __libc_free(block);
}

/* Always moves the block, so that the old one is looked at. */
__attribute__((visibility("default"))) void *realloc(void *block, size_t size)
{
    void *moved = __libc_malloc(size);

    if (!moved || !block)
        return moved;
    size_t old = malloc_usable_size(block);
    memcpy(moved, block, old < size ? old : size);
    free(block);
    return moved;
}
#endif

/* Begins to look for some texts, at least one; they must last. */
#define freed_secrets_watch(...)                                                                             \
    do {                                                                                                     \
        const char *const _texts[] = { __VA_ARGS__ };                                                        \
        _Static_assert(sizeof(_texts) / sizeof(*_texts) <= FREED_SECRETS_MAX, "too many texts");             \
        freed_secrets_found = 0;                                                                             \
        memcpy(freed_secrets, _texts, sizeof(_texts));                                                       \
    } while (0)

/* Ends the search. Returns the number of blocks that were freed with one of the texts in them. */
static inline size_t freed_secrets_end(void)
{
    memset(freed_secrets, 0, sizeof(freed_secrets));
    return freed_secrets_found;
}
