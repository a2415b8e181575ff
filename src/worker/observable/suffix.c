#include "worker/observable/suffix.h"

#include <string.h>

enum {
    /* Excludes the implicit rule "*", which makes every word a suffix. */
    SUFFIX_TYPE = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE,
};

psl_ctx_t *suffix_read_list(void)
{
    return psl_latest(NULL);
}

bool suffix_is_known(const psl_ctx_t *list, const char *name)
{
    const char *dot = strrchr(name, '.'), *last = dot ? dot + 1 : name;

    return strcmp(last, "onion") == 0 || psl_is_public_suffix2(list, last, SUFFIX_TYPE);
}

bool suffix_is_bare(const psl_ctx_t *list, const char *name)
{
    return psl_is_public_suffix2(list, name, SUFFIX_TYPE);
}
