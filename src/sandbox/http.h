/* Everything that touches libmicrohttpd: the HTTPS listener with a thread per connection, so that a delayed
 * answer holds nobody else up, the collecting of request bodies, and the sending of answers, spoiled or not.
 */
#pragma once

#include "sandbox/sandbox.h"

struct MHD_Daemon;

/* Opens the listening socket on 127.0.0.1; port 0 takes a free one. Returns the descriptor, or negative
 * errno. */
int http_listen(int64_t port, int64_t *ret_port);

/* Starts to serve on that socket, which it takes over. 0 or -EIO. */
int http_start(struct sandbox *sandbox, int socket, struct MHD_Daemon **ret);

/* Ends the delays, closes all connections and waits for their threads. */
void http_stop(struct sandbox *sandbox, struct MHD_Daemon *daemon);
