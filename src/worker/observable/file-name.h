/* Recognises file names, which look like domains, by their extension. */
#pragma once

#include <stdbool.h>

/* Returns true if a lower-case extension is of files only, not a top-level domain: "pdf". */
bool file_extension_is_known(const char *extension);

/* Returns true if a lower-case extension is of files and also a top-level domain: "zip". */
bool file_extension_is_domain(const char *extension);
