/*
 * Ownership: cleanup attributes free what a scope owns, TAKE_PTR and TAKE_FD hand it on. Secrets are overwritten before they
 * are freed: texts by erase_free() and _cleanup_erase_.
 */
#pragma once

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_erase_ _cleanup_(erase_freep)
#define _cleanup_json_ _cleanup_(json_putp)

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Returns the pointer and sets the variable to NULL: the new owner frees. */
#define TAKE_PTR(pointer)                                                                                    \
    __extension__({                                                                                          \
        __typeof__(pointer) *_taken_from = &(pointer);                                                       \
        __typeof__(pointer) _taken = *_taken_from;                                                           \
        *_taken_from = NULL;                                                                                 \
        _taken;                                                                                              \
    })

/* Returns the descriptor and sets the variable to -1: the new owner closes. */
#define TAKE_FD(fd)                                                                                          \
    __extension__({                                                                                          \
        int *_fd_from = &(fd);                                                                               \
        int _fd = *_fd_from;                                                                                 \
        *_fd_from = -1;                                                                                      \
        _fd;                                                                                                 \
    })

static inline void freep(void *p)
{
    free(*(void **)p);
}

/* Closes a descriptor unless it is negative. Returns -1, to be assigned to the variable. */
static inline int safe_close(int fd)
{
    if (fd >= 0)
        close(fd);
    return -1;
}

static inline void closep(int *fd)
{
    safe_close(*fd);
}

/* Overwrites and frees a text. Accepts NULL, returns NULL. */
static inline char *erase_free(char *text)
{
    if (text) {
        explicit_bzero(text, strlen(text));
        free(text);
    }
    return NULL;
}

static inline void erase_freep(char **text)
{
    erase_free(*text);
}

static inline void json_putp(json_object **object)
{
    json_object_put(*object);
}

/* True if the texts are equal or both are NULL. */
static inline int streq0(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static inline int streq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}
