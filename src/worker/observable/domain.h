/*
 * Domains: names of hosts below a top-level domain that exists. What looks like a file is asked back.
 */
#pragma once

#include "worker/observable/observable.h"

#include <libpsl.h>

/* What is known beside the name. */
struct domain_evidence {
    bool defanged;   /* nobody defangs a file name */
    bool any_suffix; /* the user says that it is a domain */
};

/* Decides about a name, which a port may follow. */
void domain_recognise(const psl_ctx_t *suffixes, const char *text, const struct domain_evidence *evidence,
    struct observable *observable);
