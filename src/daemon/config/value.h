/*
 * Single values of the configuration: reads one by its key, and describes in a message what was found and what is
 * allowed. config.c, which knows the structure of the file, uses them.
 */
#pragma once

#include "daemon/config/config.h"

/* Checks a value and stores it at its place in base. Returns 0; -EINVAL if the value is not allowed; -ENOMEM; another
 * negative errno if the file that it names can't be read. */
int config_read_value(const struct config_key *key, const config_setting_t *setting, void *base);

/* Sets each key of a schema to its default. Returns 0 or -ENOMEM. */
int config_set_defaults(const struct config_key *schema, void *base);

/* Frees the values of all keys of a schema in base. */
void config_free_values(const struct config_key *schema, void *base);

/* Writes what is allowed for a key into out[size]. Returns out. */
const char *config_describe_allowed(const struct config_key *key, char *out, size_t size);

/* Writes what the file has for a key (NULL: for a setting without a key) into out[size]. Returns out. */
const char *config_describe_found(
    const struct config_key *key, const config_setting_t *setting, char *out, size_t size);

/* Returns the first element of a list that is not allowed, for its line; else the setting itself. */
const config_setting_t *config_find_mistake(const struct config_key *key, const config_setting_t *setting);
