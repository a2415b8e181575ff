/*
 * Recognises domains: names of hosts below a top-level domain that exists. Refuses the name of a file with a
 * question.
 */
#pragma once

#include "worker/observable/observable.h"

#include <libpsl.h>

/* Facts about a name beside its text. */
struct domain_evidence {
    bool defanged;   /* nobody defangs a file name */
    bool any_suffix; /* the user says that it is a domain */
};

/* Decides about a name, with or without a port. */
void domain_recognise(const psl_ctx_t *suffixes, const char *text, const struct domain_evidence *evidence,
    struct observable *observable);
