/*
 * Memory for libcurl that is overwritten when it is freed: libcurl doesn't erase its buffers, which hold tokens and
 * authorisation headers.
 */
#pragma once

#include <stddef.h>

/* Like free() and realloc(), but overwrite what they free. */
void erasing_free(void *block);
void *erasing_realloc(void *block, size_t size);
