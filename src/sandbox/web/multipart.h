/*
 * The answer of serverkeygen (RFC 7030 4.4.2): a private key and its certificates in one multipart body.
 */
#pragma once

#include "sandbox/web/answer.h"
#include "sandbox/x509/chain.h"

#include <gnutls/x509.h>

/* Fills the answer with the key (PKCS#8, not encrypted) and the certificates. 0 or negative errno. */
int multipart_fill_answer(struct answer *answer, gnutls_x509_privkey_t key, const struct chain *chain);
