/*
 * The answering side of varlink, for the daemon and the worker: interfaces as tables of methods, each with
 * the fields that it takes. service_dispatch answers org.varlink.service and every malformed call by itself;
 * a handler sees only parameters that its table allows. The table and the IDL text name the same things (a
 * test proves it).
 */
#pragma once

#include "common/varlink.h"

/* The latest time of both interfaces, in seconds since 1970: the end of the year 9999, which is that of X.509, too. */
#define SERVICE_TIME_MAX INT64_C(253402300799)

enum service_type {
    SERVICE_BOOL,
    SERVICE_INT,
    SERVICE_STRING,
    SERVICE_STRINGS, /* array of strings */
    SERVICE_ENUM,    /* string, one of choices */
    SERVICE_OBJECT,  /* object with the fields */
    SERVICE_OBJECTS, /* array of at most max such objects */
};

struct service_field {
    const char *name;
    enum service_type type;
    bool optional;                      /* may be absent or null */
    int64_t min, max;                   /* of an integer; of strings the length in bytes (max 0: no limit) */
    const char *const *choices;         /* NULL-terminated; SERVICE_ENUM only */
    const struct service_field *fields; /* ends with a NULL name; of objects */
    bool secret;                        /* never shown or logged; erased and overwritten once it is dropped */
};

enum service_permission {
    SERVICE_READ,  /* whoever can connect */
    SERVICE_WRITE, /* who may administer */
};

/* Runs one call. Returns 0 and the reply message (made with varlink_make_*); 1 if it answers later or has
 * answered itself; a negative errno if the connection is to be closed. */
typedef int (*service_handler)(void *userdata, const struct varlink_call *call, json_object **ret_reply);

struct service_method {
    const char *name;                   /* without the interface */
    const struct service_field *fields; /* ends with a NULL name; NULL: takes none */
    enum service_permission permission;
    service_handler run;
    bool
        streams; /* answers with several replies, so a call needs "more"; else it is refused with ExpectedMore */
};

struct service_interface {
    const char *name;
    const char *description;              /* the IDL text */
    const struct service_method *methods; /* ends with a NULL name */
};

struct service {
    const char *product;
    const struct service_interface *interface;
};

/* Looks a call up. Returns 1 and the method whose handler is to run, or 0 and the reply message: an answer of
 * org.varlink.service, or the error. -ENOMEM. */
int service_dispatch(const struct service *service, const struct varlink_call *call,
    const struct service_method **ret_method, json_object **ret_reply);

/* Checks an object against the fields. 0, or -EINVAL and the name of the first field that is unknown, missing
 * or wrong, as a path ("network.proxy"), in name[size]. */
int service_check_fields(const struct service_field *fields, json_object *object, char *name, size_t size);
