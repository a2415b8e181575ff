/*
 * Presets: sets of faults with which the sandbox behaves as a known EST server does.
 */
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

/* Returns the preset of that name, NULL if there is none. */
const struct preset *preset_find(const char *name);

/* Returns the i-th preset, for listings; NULL behind the last. */
const struct preset *preset_at(size_t i);

/* Switches the faults of a preset on, beside those that are on. 0; -ENOENT if there is no preset of that name; or
 * negative errno. */
int preset_switch_on(const struct store *store, const char *name);
