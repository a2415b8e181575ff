/*
 * What the portal's verbs print. Both functions return the exit status.
 */
#pragma once

#include <json-c/json.h>

/* Prints a document (borrowed) on standard output, indented. */
int output_json(json_object *document);

/* Prints on standard error what failed and the text of the negative errno. */
int output_failure(const char *what, int r);
