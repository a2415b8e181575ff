/* Lists the choices of a menu of the console that apply to a state. */
#pragma once

#include <string.h>

#include "ctl/console/command.h"

/* Compares the names of the choices that apply, with a blank between them. */
static inline void check_choices(
    const struct choice *choices, const struct tr_status *status, const char *expected)
{
    char text[128] = "";

    for (; choices->name; choices++)
        if (choices->applies(status)) {
            strcat(text, *text ? " " : "");
            strcat(text, choices->name);
        }
    assert_string_equal(text, expected);
}
