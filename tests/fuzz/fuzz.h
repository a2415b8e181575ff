/*
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput of libFuzzer: it must take any input, and
 * ends the process with a message where a promise of the code is broken.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                          \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* A NUL-terminated copy of exactly this size, so that a sanitizer sees each byte read too far. */
static inline char *copy_text(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);

    REQUIRE(copy);
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = 0;
    return copy;
}

/* What we send is UTF-8 and strict JSON. */
static inline void require_readable(json_object *object)
{
    json_object *again = NULL;
    size_t size;
    const char *text = json_text(object, &size);

    REQUIRE(text);
    REQUIRE(json_parse(text, size, &again) == 0);
    REQUIRE(json_object_equal(object, again));
    json_object_put(again);
}
