#include "confine/confine.h"

#include "common/log.h"

#include <string.h>

static void log_failure(int log_level, const char *mechanism, int r)
{
    if (r < 0)
        log_full(log_level, "This process can't be confined by %s: %s", mechanism, strerror(-r));
}

void confine(int log_level, const struct confine_paths *paths, const struct confine_calls *calls)
{
    log_failure(log_level, "Landlock", confine_files(paths));
    log_failure(log_level, "a seccomp filter", confine_calls(calls));
}
