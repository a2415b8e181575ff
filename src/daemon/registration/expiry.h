/*
 * Computes dates of the certificate in use: when its renewal is overdue, and when a warning before its end is
 * due. answer.c chooses the date of the renewal itself. All times are in seconds since 1970, and SAVED_NEVER
 * without a certificate.
 */
#pragma once

#include "daemon/state/saved.h"

#define SEC_PER_HOUR INT64_C(3600)
#define SEC_PER_DAY INT64_C(86400)

/* Returns when a renewal is overdue: a quarter of the time between its planned date and the end has passed. */
int64_t expiry_overdue(const struct saved *saved);

/* Returns the seconds of a pause between renewals of a certificate with this end: a tenth of the remaining
 * life, but at least an hour, and never more than half of that life or a day. */
int64_t expiry_renewal_pause(int64_t end, int64_t now);

/* Returns the time of the first warning that is due after now. */
int64_t expiry_next_warning(const struct saved *saved, int64_t now);

/* Returns the most urgent warning that is due, in days before the end: 0 after the end, SAVED_NOT_WARNED if none is
 * due. A certificate whose renewal is not overdue needs no warning, however short its life is. */
int expiry_due_warning(const struct saved *saved, int64_t now);
