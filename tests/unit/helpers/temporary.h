/*
 * Templates of temporary files and folders for mkstemp() and mkdtemp(): in $TMPDIR, which tests/unit/run removes whatever
 * becomes of a test.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

enum {
    TEMPORARY_SIZE =
        64, /* of a template with its end; what stands below it has to fit into the address of a socket */
};

/* Makes the template of a name in a text of TEMPORARY_SIZE. Returns it. */
static inline char *temporary_template(char *out, const char *name)
{
    const char *folder = getenv("TMPDIR");

    if (snprintf(out, TEMPORARY_SIZE, "%s/%s-XXXXXX", folder ? folder : "/tmp", name) >= TEMPORARY_SIZE)
        snprintf(out, TEMPORARY_SIZE, "/tmp/%s-XXXXXX", name);
    return out;
}
