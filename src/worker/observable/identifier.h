/*
 * Refuses other items of reports by their kind: CVE and AS numbers, MAC addresses, e-mail addresses, paths,
 * registry keys, fuzzy hashes. The message tells the user that the item is not a mistake.
 */
#pragma once

#include "worker/observable/observable.h"

/* Refuses an item of one of these kinds. Returns false if it looks like something else. */
bool identifier_recognise(const char *text, struct observable *observable);

/* Refuses an e-mail address: an item with an at sign between other characters. Otherwise like
 * identifier_recognise(). */
bool identifier_recognise_email(const char *text, struct observable *observable);
