/*
 * A connection to one worker, which is started on a socketpair or reached by a UNIX socket. It takes one call at a time
 * and never blocks. The link tells its owner how each call ended: whatever happens to the worker is a failed call and
 * nothing worse.
 */
#pragma once

#include "common/varlink.h"

#include <systemd/sd-event.h>

struct worker_link;

struct worker_link_callbacks {
    /* Receives a reply or an error. A stream goes on if the reply says so. */
    void (*replied)(void *userdata, const struct varlink_reply *reply);
    /* Receives the reason why the call gets no answer, as a sentence. The link can only be freed then. */
    void (*failed)(void *userdata, const char *message);
};

/* Returns true for the address of a socket ("unix:/path"), false for that of a program ("/path"). */
bool worker_is_socket(const char *address);

/* Starts the worker at an address, or connects to it. Returns 0 or a negative errno. */
int worker_link_new(sd_event *event, const char *address, const char *log_level,
    const struct worker_link_callbacks *callbacks, void *userdata, struct worker_link **ret);

/* Hangs up, which ends the worker even during a call. May be called from a callback. Accepts NULL, returns NULL. */
struct worker_link *worker_link_free(struct worker_link *link);

/* Returns false if the worker has gone between two calls: the link can only be freed. No callback reports that. */
bool worker_link_is_open(const struct worker_link *link);

/* Sends a call. Takes the parameters over in any case and erases them. Returns 0: one callback follows within the
 * timeout (microseconds); or a negative errno. */
int worker_link_call(struct worker_link *link, const char *method, json_object *parameters, uint64_t timeout);

/* Like worker_link_call, for a call with several replies. The timeout is that of each reply. */
int worker_link_stream(
    struct worker_link *link, const char *method, json_object *parameters, uint64_t timeout);

/* Pause and resume the replies of a stream, for an owner that can't take them yet. The length of a pause has
 * no limit here. May be called from a callback. */
void worker_link_pause(struct worker_link *link);
void worker_link_resume(struct worker_link *link);
