#include "worker/http/erasing-memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void erasing_free(void *block)
{
    if (block)
        explicit_bzero(block, malloc_usable_size(block));
    free(block);
}

void *erasing_realloc(void *block, size_t size)
{
    size_t old = block ? malloc_usable_size(block) : 0;
    void *moved = malloc(size);

    if (!moved)
        return NULL;
    if (block)
        memcpy(moved, block, old < size ? old : size);
    erasing_free(block);
    return moved;
}
