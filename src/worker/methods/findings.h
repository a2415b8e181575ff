/*
 * A check of the way to a host: one real request without credentials, looked at step by step. What each step found is told
 * as it happens; a step that fails is the last one of its host, but for the clock's.
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
    enum reason reason; /* REASON_NONE: all is well */
    const char *message;
    const struct tls_peer *peer; /* the step tls, if a certificate was seen; else NULL */
    bool clock_known;            /* the step clock */
    int64_t clock_offset;
    const char *request_id; /* the steps after tls; NULL: none */
};

/* Takes a finding, whose texts are borrowed. 0 or a negative errno, which ends the check. */
typedef int (*check_teller)(void *userdata, const struct check_finding *finding);

/* Check a server: by a GET of an URL without a certificate, whose refusal has to be the service's own; by the CA
 * certificates of an EST server. 0 whatever was found, or a negative errno as for the other calls. */
int check_sse(struct call_context *context, const char *url, check_teller tell, void *userdata);
int check_est(struct call_context *context, const struct est *est, check_teller tell, void *userdata);
