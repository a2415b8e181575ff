/* The EST server (RFC 7030, RFC 8951): hands out the device CA's certificates and issues device certificates,
 * the first for the credential of an activation, the next ones for the certificate before. */
#pragma once

#include "sandbox/sandbox.h"

/* GET cacerts */
int serve_cacerts(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* GET csrattrs */
int serve_csrattrs(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* POST simpleenroll */
int serve_simpleenroll(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* POST serverkeygen */
int serve_serverkeygen(const struct sandbox *sandbox, const struct request *request, struct answer *answer);

/* POST simplereenroll */
int serve_simplereenroll(const struct sandbox *sandbox, const struct request *request, struct answer *answer);
