#include "confine/confine.h"

#include "common/log.h"

#include <string.h>

static void tell(int log_level, const char *what, int r)
{
    if (r < 0)
        log_full(log_level, "This process can't be confined by %s: %s", what, strerror(-r));
}

void confine(int log_level, const struct confine_paths *paths, const struct confine_calls *calls)
{
    tell(log_level, "Landlock", confine_files(paths));
    tell(log_level, "a seccomp filter", confine_calls(calls));
}
