/* Sets of faults that make the sandbox behave, all at once, as a known EST server does. */
#pragma once

#include "sandbox/faults/fault.h"

#define PRESET_LIMIT 12

struct preset {
    const char *name;
    const char *help;
    struct {
        const char *endpoint, *kind, *value;
    } faults[PRESET_LIMIT]; /* ends with a row without an endpoint */
};

/* The preset of that name; NULL when there is none. */
const struct preset *preset_find(const char *name);

/* The preset of that number, for listings; NULL behind the last. */
const struct preset *preset_at(size_t i);

/* Switches the faults of a preset on, beside those that are on. 0 or negative errno. */
int preset_switch_on(const struct store *store, const char *name);
