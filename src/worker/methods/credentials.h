/*
 * The appliance's key and certificate as the daemon has saved them. What can't be used is refused with
 * certificate_unusable before anything is sent.
 */
#pragma once

#include "worker/http/message.h"
#include "worker/x509/key.h"

/* Loads a saved key. Returns 0, or as method_step; the caller frees. */
int credentials_load_key(struct call_context *context, const char *pem, struct private_key **ret);

/* Reads the object Credentials, and checks that the key belongs to the certificate: libcurl tells connections apart by
 * certificate alone. The texts of the result are borrowed from the object. ret_certificate may be NULL, else the caller
 * frees it. Returns 0, or as method_step. */
int credentials_read(struct call_context *context, json_object *credentials,
    struct http_client_certificate *ret, X509 **ret_certificate);
