/*
 * The answering side of varlink, for the daemon and the worker. An interface is a table of methods with the
 * fields of each; a service has one interface or more. A handler sees only parameters that its table allows.
 * service_dispatch() itself answers the calls of org.varlink.service and malformed calls. A test compares the
 * tables with the IDL.
 */
#pragma once

#include "common/varlink.h"

/* The latest time of both interfaces, in seconds since 1970: the end of the year 9999, as in X.509. */
#define SERVICE_TIME_MAX INT64_C(253402300799)

enum service_type {
    SERVICE_BOOL,
    SERVICE_INT,
    SERVICE_STRING,
    SERVICE_STRINGS, /* array of strings */
    SERVICE_ENUM,    /* string, one of choices */
    SERVICE_OBJECT,  /* object with the fields */
    SERVICE_OBJECTS, /* array of objects with the fields, at most max */
};

struct service_field {
    const char *name;
    enum service_type type;
    bool optional;              /* may be absent or null */
    int64_t min, max;           /* of an integer, or of the length of strings in bytes (max 0: no limit) */
    const char *const *choices; /* NULL-terminated; SERVICE_ENUM only */
    const struct service_field *fields; /* of objects; ends with a NULL name */
    bool secret;                        /* never shown or logged; erased and overwritten once it is dropped */
};

enum service_permission {
    SERVICE_READ,  /* for everybody who can connect */
    SERVICE_WRITE, /* for administrators */
};

/* Runs one call. Returns 0 and the reply message (of varlink_make_*), 1 if it answers later or has answered already, or a
 * negative errno if the connection is to be closed. */
typedef int (*service_handler)(void *userdata, const struct varlink_call *call, json_object **ret_reply);

struct service_method {
    const char *name;                   /* without the interface */
    const struct service_field *fields; /* ends with a NULL name; NULL: takes none */
    enum service_permission permission;
    service_handler run;
    bool streams; /* sends several replies: a call without "more" is refused with ExpectedMore */
};

struct service_interface {
    const char *name;
    const char *description;              /* the IDL text */
    const struct service_method *methods; /* ends with a NULL name */
    const struct service_interface *next; /* next interface of the service; NULL: the last one */
};

struct service {
    const char *product;
    const struct service_interface *interface; /* the first interface */
};

/* Finds the method of a call. Returns 1 and the method whose handler is to run, 0 and the reply message (an error, or an
 * answer of org.varlink.service), or -ENOMEM. */
int service_dispatch(const struct service *service, const struct varlink_call *call,
    const struct service_method **ret_method, json_object **ret_reply);

/* Checks an object against the fields. Returns 0, or -EINVAL and in name[size] the path of the first field that is unknown,
 * missing or wrong ("network.proxy"). */
int service_check_fields(const struct service_field *fields, json_object *object, char *name, size_t size);
