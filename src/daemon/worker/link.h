/*
 * One connection to a worker, for one operation: started on a socketpair or reached by a UNIX socket, asked
 * one call at a time, without blocking. The link tells its owner how each call ended; whatever happens to the
 * worker is a failed call, never more.
 */
#pragma once

#include "common/varlink.h"

#include <systemd/sd-event.h>

struct worker_link;

struct worker_link_callbacks {
    /* The call was answered, with parameters or with an error; a stream goes on if the reply says so. */
    void (*replied)(void *userdata, const struct varlink_reply *reply);
    /* The call will not be answered; the message says why. The link can only be freed. */
    void (*failed)(void *userdata, const char *message);
};

/* True if a worker is reached there by a socket, false if it is a program. */
bool worker_is_socket(const char *address);

/* Starts or reaches the worker at an address ("/path" or "unix:/path"). 0 or a negative errno. */
int worker_link_new(sd_event *event, const char *address, const char *log_level,
    const struct worker_link_callbacks *callbacks, void *userdata, struct worker_link **ret);

/* Hangs up: the worker ends, in the middle of a call, too. From a callback as well. Accepts NULL, returns
 * NULL. */
struct worker_link *worker_link_free(struct worker_link *link);

/* Sends a call; takes over the parameters, which are erased. One callback will follow, within the timeout
 * (microseconds). 0 or a negative errno. */
int worker_link_call(struct worker_link *link, const char *method, json_object *parameters, uint64_t timeout);

/* Sends a call that is answered with several replies; the timeout holds for each. */
int worker_link_stream(
    struct worker_link *link, const char *method, json_object *parameters, uint64_t timeout);
