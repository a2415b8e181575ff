/*
 * An EST server and its settings: the type Est of the interface. Texts are borrowed from the call's parameters; what is
 * parsed of them is owned.
 */
#pragma once

#include "varlink/worker.h"
#include "worker/call/call-context.h"
#include "worker/x509/certificate-check.h"

/* EST_POSSESSION_AUTO and so on: proofOfPossession of the type Est of the IDL. */
enum est_possession { WORKER_EST_PROOF_OF_POSSESSION_VALUES(EST_POSSESSION_) };

/* The names of the interface, in the order of the enum, NULL-terminated. */
extern const char *const est_possession_names[];

struct est {
    const char *url;
    const char *label;                        /* NULL: none */
    const char *tls_anchors;                  /* PEM; NULL: those of the network */
    STACK_OF(X509) * anchors, *intermediates; /* may be NULL */
    char fingerprint[FINGERPRINT_SIZE];       /* empty: none */
    bool send_chain, csr_attributes, server_keygen;
    bool refused;         /* the host of url is not allowed */
    bool not_local;       /* the host must not be on this machine or link */
    const char *key_type; /* the weakest accepted type; NULL: any */
    enum est_possession possession;
    enum certificate_policy policy;
};

/* Reads an object whose fields the table of methods has checked. Returns 0, -ENOMEM, or -EINVAL and the context's invalid
 * parameter. */
int est_settings_read(struct call_context *context, json_object *object, struct est *ret);

/* Frees what is owned. Safe on a zeroed struct. */
void est_settings_done(struct est *est);

#define _cleanup_est_ _cleanup_(est_settings_done)
