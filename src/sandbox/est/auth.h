/* Who asks the EST server: the credential of an activation, or the certificate before. Both leave the answer
 * filled when they refuse. The caller holds the lock of the store. */
#pragma once

#include "sandbox/sandbox.h"
#include "sandbox/web/peer.h"

/* By Bearer, Basic or Digest. 1: *ret is the context, the caller puts it. 0: refused. Negative errno. */
int authenticate_credential(
    const struct sandbox *sandbox, const struct request *request, struct answer *answer, json_object **ret);

/* By the client certificate, which *ret_certificate is then (the caller frees it). 1, 0 or negative errno, as
 * above. */
int authenticate_peer(const struct sandbox *sandbox, const struct request *request, struct answer *answer,
    json_object **ret, gnutls_x509_crt_t *ret_certificate);
