#include "ctl/text/settings-text.h"

#include <stdio.h>

struct settings_text settings_text(bool has_enabled, bool enabled, const char *server)
{
    struct settings_text out;

    snprintf(out.text, sizeof(out.text), "%s%s%s%.64s",
        !has_enabled ? ""
        : enabled    ? "enabled"
                     : "disabled",
        has_enabled && server ? ", " : "", server ? "server " : "", server ? server : "");
    return out;
}
