/*
 * Secrets that the configuration names but does not hold. The name is an absolute path, or credential:NAME for a
 * credential that systemd passes to the service (LoadCredential=, LoadCredentialEncrypted=; see systemd.exec(5)).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The texts that credential_is_well_formed accepts, for messages. */
#define CREDENTIAL_ALLOWED "the absolute path of a readable file, or credential:NAME,"

/* Returns true if a text is an absolute path or names a credential. */
bool credential_is_well_formed(const char *place);

/* Reads a file of at most max bytes and drops a line end at its end. The caller erases and frees the text. Returns 0;
 * -ENOENT, too, if a credential is an empty line; -ENODATA if the file is empty; -EFBIG; -EILSEQ if it holds a NUL byte; -ENOKEY if systemd passed no credentials;
 * -ENOMEM; another negative errno if it can't be read. */
int credential_read(const char *place, size_t max, char **ret);
