/*
 * One connection to a worker, for one operation: started on a socketpair or reached by a UNIX socket, asked
 * one call at a time, without blocking. The job tells its owner how each call ended; whatever happens to the
 * worker is a failed call, never more.
 */
#pragma once

#include "common/varlink.h"

#include <systemd/sd-event.h>

struct job;

struct job_callbacks {
    /* The call was answered, with parameters or with an error; a stream goes on if the reply says so. */
    void (*replied)(void *userdata, const struct varlink_reply *reply);
    /* The call will not be answered; the message says why. The job can only be freed. */
    void (*failed)(void *userdata, const char *message);
};

/* True if a worker is reached there by a socket, false if it is a program. */
bool job_is_socket(const char *address);

/* Starts or reaches the worker at an address ("/path" or "unix:/path"). 0 or a negative errno. */
int job_new(sd_event *event, const char *address, const char *log_level,
    const struct job_callbacks *callbacks, void *userdata, struct job **ret);

/* Hangs up: the worker ends, in the middle of a call, too. From a callback as well. Accepts NULL, returns
 * NULL. */
struct job *job_free(struct job *job);

/* Sends a call; takes over the parameters, which are erased. One callback will follow, within the timeout
 * (microseconds). 0 or a negative errno. */
int job_call(struct job *job, const char *method, json_object *parameters, uint64_t timeout);

/* Sends a call that is answered with several replies; the timeout holds for each. */
int job_stream(struct job *job, const char *method, json_object *parameters, uint64_t timeout);
