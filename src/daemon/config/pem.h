/*
 * Certificates in PEM, as administrators hand them over: looks whether a text has them, and names what it is in their place. Looks at
 * the form only; who knows certificates is the worker.
 */
#pragma once

#include <stddef.h>

/* Returns NULL if a text holds at least one certificate in PEM and no damaged one, else what it is, as "PKCS#7, not PEM". */
const char *pem_find_fault(const char *text, size_t size);

/* Copies the certificates of a text that has no fault, without what stands around them. NULL without memory. */
char *pem_copy_certificates(const char *text);
