/*
 * A directory of the sandbox for each test, opened as its store and removed at the end: fixture_open and
 * fixture_close are the set-up and tear-down of a test, whose state is the store.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"
#include "sandbox/base/store.h"

#define GUID "11111111-2222-4333-8444-555555555555"
#define OTHER_GUID "11111111-2222-4333-8444-666666666666"

static inline int fixture_open(void **state)
{
    char directory[] = "/tmp/test-sandbox-XXXXXX";
    struct store *store = calloc(1, sizeof(*store));

    *state = store;
    return store && mkdtemp(directory) ? store_open_directory(directory, true, store) : -1;
}

static inline int fixture_remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int fixture_close(void **state)
{
    struct store *store = *state;
    int r = nftw(store->path, fixture_remove_entry, 8, FTW_DEPTH | FTW_PHYS);

    store_close(store);
    free(store);
    return r;
}
