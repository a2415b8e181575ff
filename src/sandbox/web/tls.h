/* The server's side of TLS: one certificate per host name, chosen by SNI, and beside each a faulty one per
 * kind of certificate fault. All are made anew at each start, in memory, with one key per authority. */
#pragma once

#include "sandbox/base/region.h"
#include "sandbox/web/answer.h"
#include "sandbox/x509/authority.h"

#include <gnutls/abstract.h>

struct identities;

/* Makes the server certificates. 0 or negative errno; free with identities_free(). */
int identities_new(const struct authority *tls_ca, struct identities **ret);

/* Releases them. Accepts NULL. */
void identities_free(struct identities *identities);

/* The certificate and key for a host; borrowed, valid until identities_free(). */
void identities_get(struct identities *identities, const struct host *host, enum tls_variant variant,
    gnutls_pcert_st **ret_certificate, gnutls_privkey_t *ret_key);

/* Makes the handshake fail when the client's certificates do not follow the rule. */
void tls_set_client_rule(gnutls_session_t session, enum client_rule rule);

/* The host that the client named in its handshake; the EST server when it named none of ours. */
const struct host *tls_find_host(gnutls_session_t session);
