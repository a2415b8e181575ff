/*
 * The one place for HTTPS: every request of the worker goes through http_perform(), so trust, proxy, limits and log are
 * the same for all. A struct http owns libcurl's handles; connections and the store of trust anchors are reused as long as
 * it lives and the calls name the same anchors.
 */
#pragma once

#include "worker/http/progress.h"

/* Nothing is loaded before the first request. If the caller hangs up on the descriptor during a request, the process
 * ends. Returns NULL without memory. */
struct http *http_new(int caller_fd);

/* Accepts NULL, returns NULL. */
struct http *http_free(struct http *http);

/* Sets the function that looks on at the requests that are waited for; NULL: nobody does. */
void http_watch(struct http *http, http_watcher watcher, void *userdata);

/* Drops all connections: the next request makes its own. */
void http_disconnect(struct http *http);

/* Returns the caller's descriptor. */
int http_caller(const struct http *http);

/* Returns what the server of the last request that was waited for has shown of itself; borrowed. */
const struct tls_peer *http_peer(const struct http *http);

/* Makes a request, or takes the answer to the same one that http_prefetch() has begun. Returns 0 if any answer came,
 * whatever its status; -EREMOTEIO and the context's failure; -EINVAL if the URL is not one that we use; -ENOMEM. */
int http_perform(struct call_context *context, const struct http_request *request, struct http_response *ret);

/* Begins a GET without authentication that a later http_perform() will want. It goes on while other requests run, one
 * at a time. Its failure does no harm: http_perform() asks again. Returns 0 or -ENOMEM. */
int http_prefetch(struct call_context *context, const struct http_request *request);
