/*
 * Every step with a registration that it can stand in, and the request that it then makes of the worker.
 */
#pragma once

#include "unit/helpers/daemon/steps.h"

/* Parts of requests and registrations that tests have, too. */
#define EST(url)                                                                                             \
    "\"est\":{\"url\":\"" url                                                                                \
    "\",\"hosts\":[\"est.sco.cisco.com\",\".sco.cisco.com\",\".eu.sse.itd.cisco.com\"],"                     \
    "\"keyType\":\"ec_p256\",\"sendChain\":false,\"proofOfPossession\":\"auto\",\"csrAttributes\":true,"     \
    "\"serverKeygen\":false}"
#define ACTIVATED                                                                                            \
    SERVER ",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\"," ENROLLMENT ",\"estUrl\":\"https://e/eu\""

struct step_request {
    const char *step;             /* its name; NULL ends the table */
    const char *registration;     /* the members that it finds */
    const char *method, *request; /* of the worker, and its parameters */
};

extern const struct step_request step_requests[];
