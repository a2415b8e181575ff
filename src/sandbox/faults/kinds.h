/*
 * The tables of the kinds of faults, one per subject. Each ends with a row without a name; a name is in one of them
 * only.
 */
#pragma once

#include "sandbox/faults/fault.h"

/* Faults of any call and of the handshake. */
extern const struct fault_kind general_kinds[];

/* How EST answers are written: encoding, headers, bodies of errors, challenges. */
extern const struct fault_kind answer_kinds[];

/* What is asked of an EST request: its form, its credential, its key. */
extern const struct fault_kind request_kinds[];

/* What is issued: the certificate, the certificates around it, the CA. */
extern const struct fault_kind certificate_kinds[];

/* Returns the row of that name, NULL if there is none. */
const struct fault_kind *fault_kind_find(const char *name);

/* Returns the i-th row of all tables, for listings; NULL behind the last. */
const struct fault_kind *fault_kind_at(size_t i);
