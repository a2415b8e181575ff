/*
 * What the handlers of the methods share: running a step with the network of the call, reading credentials, and making
 * the reply of what came of it.
 */
#pragma once

#include "common/service.h"
#include "worker/http/http.h"
#include "worker/methods/interface.h"
#include "worker/x509/crypto.h"
#include "worker/x509/key.h"

/* What a method does once its network has been read: 0 and the reply parameters, or as sse.h and est.h say. */
typedef int (*call_step)(struct call_context *context, json_object *in, json_object **ret);

/* Runs a step for a call. 0 and the reply message, or a negative errno that ends the worker. */
int call_run(struct http *http, const struct varlink_call *call, call_step run, json_object **ret_reply);

/* Loads a key that the appliance has saved. A damaged one is refused with certificate_unusable. The caller frees it. */
int call_load_key(struct call_context *context, const char *pem, struct private_key **ret);

/* Reads the object Credentials. Refused with certificate_unusable unless the key belongs to the certificate: libcurl
 * tells connections apart by certificate alone. The certificate may be NULL, else the caller frees it. */
int call_read_credentials(struct call_context *context, json_object *credentials,
    struct http_client_certificate *ret, X509 **ret_certificate);
