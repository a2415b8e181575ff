/*
 * Who asks the EST server: a device with the credential of an activation, or one with its certificate. Each function
 * returns 1 with *ret the context of the device, which the caller puts; 0 if it refused and filled the answer; or
 * negative errno. The caller holds the lock of the store.
 */
#pragma once

#include "sandbox/faults/call.h"

#include <json-c/json.h>

/* Authenticates by Bearer, Basic or Digest. */
int authenticate_credential(const struct call *call, struct answer *answer, json_object **ret);

/* Authenticates by the client certificate; the caller frees *ret_certificate. */
int authenticate_peer(
    const struct call *call, struct answer *answer, json_object **ret, gnutls_x509_crt_t *ret_certificate);
