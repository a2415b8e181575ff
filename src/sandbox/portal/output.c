#include "sandbox/portal/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int output_json(json_object *document)
{
    const char *text =
        json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

    if (!text)
        return output_failure("cannot print the result", -ENOMEM);
    puts(text);
    return EXIT_SUCCESS;
}

int output_failure(const char *what, int r)
{
    fprintf(stderr, "trsandbox: %s: %s\n", what, strerror(-r));
    return EXIT_FAILURE;
}
