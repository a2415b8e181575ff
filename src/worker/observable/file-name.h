/* Names of files, which look like domains: by their last part. */
#pragma once

#include <stdbool.h>

/* Returns true if a lower-case extension is that of files and no top-level domain: "pdf". */
bool file_extension_is_known(const char *extension);

/* Returns true if a lower-case extension is that of files and a top-level domain, too: "zip". */
bool file_extension_is_domain(const char *extension);
