/*
 * The dates of the certificate in use: when its renewal is overdue, and when a warning of its end is due. All times are
 * seconds since 1970; SAVED_NEVER without a certificate.
 */
#pragma once

#include "daemon/state/saved.h"

/* Returns when a renewal is overdue: a quarter of the time that was left for it is gone. */
int64_t expiry_overdue(const struct saved *saved);

/* Returns when the next warning after now is due. */
int64_t expiry_next_warning(const struct saved *saved, int64_t now);

/* Returns the most urgent warning that is due, in days before the end: 0 after the end, SAVED_NOT_WARNED if none is. A
 * certificate whose renewal is not overdue needs no warning, however short its life. */
int expiry_due_warning(const struct saved *saved, int64_t now);
