/*
 * What the quirks of EST servers look at and change: the certificate request that came in, and the certificate
 * that is about to be made. The EST handlers fill both and run the words of the faults on them.
 */
#pragma once

#include "sandbox/web/request.h"
#include "sandbox/x509/certificate.h"
#include "sandbox/x509/csr.h"

/* A certificate request that passed the usual checks. Everything is borrowed. */
struct submission {
    const struct request *request;
    const struct csr *csr;
    gnutls_x509_crt_t current; /* the client's certificate; NULL at the first enrolment */
    const char *label;         /* the EST label that the activation named */
};

/* A certificate that is about to be made. Begins with profile and ca alone; the owner frees what the faults added. */
struct issue {
    struct certificate_profile profile;
    const struct authority *ca;
    gnutls_pubkey_t other_key;     /* owned; profile.key if a fault wants another key */
    struct authority other_ca;     /* owned; ca if a fault wants another CA */
    gnutls_x509_privkey_t own_key; /* owned; the private half of other_key */
};

/* The credentials that "auth" asks for: the numbers of its words. */
enum {
    AUTH_BASIC = 1,
    AUTH_MD5 = 2,
    AUTH_SHA256 = 4,
};

/* How the new CA of "replace-ca" is linked to the old one: the numbers of its words. */
enum {
    LINK_NEW_WITH_OLD = 1,
    LINK_OLD_WITH_NEW = 2,
    REPLACED = 4, /* in each of them */
};
