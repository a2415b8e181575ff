/* Settings that are staged or were committed, as people read them. */
#pragma once

#include <stdbool.h>

struct settings_text {
    char text[128];
};

/* "enabled", "server EUROPE" or "disabled, server EUROPE"; server may be NULL. The label is cut at 64 bytes, as
 * long as the daemon accepts one. */
struct settings_text settings_text(bool has_enabled, bool enabled, const char *server);
