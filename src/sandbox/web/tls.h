/*
 * The server's side of TLS: a good certificate per host name, chosen by SNI, and a faulty one per kind of certificate
 * fault. All are made at each start, in memory, for one key.
 */
#pragma once

#include "sandbox/base/region.h"
#include "sandbox/web/answer.h"
#include "sandbox/x509/authority.h"

#include <gnutls/abstract.h>

struct identities;

/* Makes the server certificates. 0 or negative errno; the caller frees with identities_free(). */
int identities_new(const struct authority *tls_ca, struct identities **ret);

/* Frees the certificates and the key. Accepts NULL. */
void identities_free(struct identities *identities);

/* Finds the certificate and the key for a host; both are borrowed until identities_free(). */
void identities_get(struct identities *identities, const struct host *host, enum tls_variant variant,
    gnutls_pcert_st **ret_certificate, gnutls_privkey_t *ret_key);

/* Makes the handshake fail if the client's certificates break the rule. */
void tls_set_client_rule(gnutls_session_t session, enum client_rule rule);

/* Returns the host that the client named in its handshake; the EST server if it named none of the cloud's. */
const struct host *tls_find_host(gnutls_session_t session);
