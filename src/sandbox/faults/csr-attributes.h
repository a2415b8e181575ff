/*
 * The attributes that the EST server asks of certificate requests (CsrAttrs of RFC 7030 4.5.2): a word per attribute.
 */
#pragma once

#include "sandbox/faults/fault.h"
#include "sandbox/x509/der.h"

/* The words of the fault "attributes"; the data of each is an element of the sequence. */
extern const struct fault_word csr_attribute_words[];

/* Writes the attributes that the faults of a request ask for. 1: *ret is set, the caller frees it with der_done(). 0:
 * the faults ask for nothing. -ENOMEM. */
int csr_attributes_write(const struct fault_set *faults, struct der *ret);
