/*
 * Secrets that the configuration names and does not hold: an absolute path, or credential:NAME, which is what
 * systemd gives the service under that name (LoadCredential=, LoadCredentialEncrypted=; systemd.exec(5)).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What credential_is_well_formed takes, for messages. */
#define CREDENTIAL_ALLOWED "the absolute path of a readable file, or credential:NAME,"

/* Whether a text is an absolute path or names a credential. */
bool credential_is_well_formed(const char *place);

/* Takes what a file of at most max bytes holds, without a line end at its end. The caller erases and frees. 0, -ENODATA
 * if it is empty, -EFBIG, -EILSEQ if it is no text, -ENOKEY if systemd gave no credentials, -ENOMEM, or why it can't be
 * read. */
int credential_read(const char *place, size_t max, char **ret);
