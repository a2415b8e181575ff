/*
 * Checks the way to a host by one real request without credentials and reports what each of its steps finds, as it happens.
 * A failed step is the last one of its host, except that of the clock.
 */
#pragma once

#include "varlink/worker.h"
#include "worker/est/server.h"
#include "worker/http/http.h"

/* CHECK_SSE, CHECK_RESOLVE and so on: the types CheckService and CheckStep of the IDL. */
enum check_service { WORKER_CHECK_SERVICE_VALUES(CHECK_) };
enum check_step { WORKER_CHECK_STEP_VALUES(CHECK_) };

/* The names of the interface, in the order of the enums, NULL-terminated. */
extern const char *const check_service_names[];
extern const char *const check_step_names[];

struct check_finding {
    enum check_service service;
    const char *host; /* with the port */
    enum check_step step;
    bool last;          /* of this host */
    enum reason reason; /* REASON_NONE: the step succeeded */
    const char *message;
    const struct tls_peer *peer; /* of the step tls, if a certificate was seen; else NULL */
    bool clock_known;            /* of the step clock */
    int64_t clock_offset;
    const char *request_id; /* of the steps after tls; else NULL */
};

/* Takes a finding, whose texts are borrowed. Returns 0 or a negative errno, which ends the check. */
typedef int (*check_reporter)(void *userdata, const struct check_finding *finding);

/* Checks a regional server by a GET without a certificate, which the service itself has to refuse. Returns 0 whatever is
 * found, -EINVAL and the context's invalid parameter, or another negative errno. */
int check_sse(struct call_context *context, const char *url, check_reporter report, void *userdata);

/* Checks an EST server by fetching its CA certificates. Returns as check_sse(). */
int check_est(struct call_context *context, const struct est *est, check_reporter report, void *userdata);
