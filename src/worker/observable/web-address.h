/*
 * Normalises scheme and host of a URL. Keeps everything else byte for byte, and percent-encodes characters
 * beyond ASCII (RFC 3987, 3.1). Adds nothing.
 */
#pragma once

#include "worker/observable/observable.h"
#include "worker/observable/scheme.h"

/* Decides about the text behind the slashes of a scheme (http, https or ftp). */
void web_address_recognise(enum scheme_kind scheme, const char *rest, struct observable *observable);

/* Cuts punctuation off the end of a URL, and brackets that the URL does not open. */
void web_address_trim(char *text);
