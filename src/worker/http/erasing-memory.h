/*
 * Memory for libcurl that is overwritten when it is freed: its buffers hold tokens and authorisation headers,
 * and libcurl itself does not erase them.
 */
#pragma once

#include <stddef.h>

/* As their namesakes of the C library. */
void erasing_free(void *block);
void *erasing_realloc(void *block, size_t size);
