/*
 * Single values of the configuration: read one by its schema key, and say what was found and what is allowed.
 * Used by config.c, which knows the structure of the file.
 */
#pragma once

#include "daemon/config/config.h"

/* Checks a value and stores it at its place in base. 0, -EINVAL if it is not allowed, -ENOMEM, or why the
 * file that it names can't be read. */
int config_read_value(const struct config_key *key, const config_setting_t *setting, void *base);

/* Gives every key of a schema its default. 0 or -ENOMEM. */
int config_set_defaults(const struct config_key *schema, void *base);

/* Frees what the keys of a schema hold in base. */
void config_free_values(const struct config_key *schema, void *base);

/* Parts of a message, in out[size], which is returned: what a key takes, and what stands in the file (key is
 * NULL for what has no key). */
const char *config_describe_allowed(const struct config_key *key, char *out, size_t size);
const char *config_describe_found(
    const struct config_key *key, const config_setting_t *setting, char *out, size_t size);
