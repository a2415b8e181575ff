#include "unit/helpers/sandbox/fixture.h"

#include "unit/helpers/temporary.h"

#include <ftw.h>

int fixture_open(void **state)
{
    char directory[TEMPORARY_SIZE];
    struct store *store = calloc(1, sizeof(*store));

    *state = store;
    return store && mkdtemp(temporary_template(directory, "test-sandbox"))
               ? store_open_directory(directory, true, store)
               : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int fixture_close(void **state)
{
    struct store *store = *state;
    int r = nftw(store->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

    store_close(store);
    free(store);
    return r;
}
