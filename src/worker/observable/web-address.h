/*
 * URLs: scheme and host are normalised, everything else stays byte for byte, but for characters beyond ASCII, which are
 * percent-encoded (RFC 3987, 3.1). Nothing is added.
 */
#pragma once

#include "worker/observable/observable.h"
#include "worker/observable/scheme.h"

/* Decides about what follows the slashes of a scheme (http, https or ftp). */
void web_address_recognise(enum scheme_kind scheme, const char *rest, struct observable *observable);

/* Cuts what belongs to the text around a URL off its end: punctuation, and brackets that it does not open. */
void web_address_trim(char *text);
