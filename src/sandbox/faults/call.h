/*
 * One call to the cloud as its handler gets it: the request, the faults that apply to it, and the data that all
 * calls share. Handlers run in many threads at once: the store has a lock, and the rest of the cloud doesn't
 * change after the start. The server owns the cloud, the connection owns the call.
 */
#pragma once

#include "sandbox/base/guid.h"
#include "sandbox/base/settings.h"
#include "sandbox/base/store.h"
#include "sandbox/faults/fault.h"
#include "sandbox/web/answer.h"
#include "sandbox/web/request.h"
#include "sandbox/x509/authority.h"

/* The data that all calls share. */
struct cloud {
    struct store store;
    struct settings settings;
    struct authorities authorities;
};

/* Everything but the guid is borrowed. */
struct call {
    const struct cloud *cloud;
    const struct request *request;
    const struct fault_set *faults;
    char guid[GUID_LENGTH + 1]; /* from the path; "" if the endpoint's path has none */
};

/* Fills the answer, also with a refusal. 0, or negative errno if the sandbox itself failed. */
typedef int (*handler_func)(const struct call *call, struct answer *answer);

/* A row of a service's table of endpoints; the table ends with a row without a name. */
struct endpoint {
    const char *name; /* the one that faults are set on */
    const char *method;
    const char *path; /* {guid} stands for one segment, [label/] for one that may be missing */
    handler_func run;
};
