/*
 * Things that stand in reports beside observables and are none: CVE and AS numbers, MAC addresses, e-mail addresses, paths,
 * registry keys, fuzzy hashes. Each is refused by its name, so that nobody looks for a mistake.
 */
#pragma once

#include "worker/observable/observable.h"

/* Refuses an item that is one of them. Returns false if it looks like something else. */
bool identifier_recognise(const char *text, struct observable *observable);

/* Refuses an item with an at sign between other characters, an e-mail address. Otherwise like identifier_recognise(). */
bool identifier_recognise_email(const char *text, struct observable *observable);
