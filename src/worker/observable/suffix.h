/*
 * Asks the public suffix list (libpsl) for top-level domains and public suffixes.
 */
#pragma once

#include <libpsl.h>
#include <stdbool.h>

/* Reads the newer list of the Debian package publicsuffix and of libpsl itself. Returns NULL if there is
 * none; psl_free() frees it. */
psl_ctx_t *suffix_read_list(void);

/* Returns true if the last label of a normalised name is a top-level domain, or onion. */
bool suffix_is_known(const psl_ctx_t *list, const char *name);

/* Returns true if a normalised name is a suffix under which names are registered ("co.uk"). */
bool suffix_is_bare(const psl_ctx_t *list, const char *name);
