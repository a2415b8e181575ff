/*
 * The HTTPS server on libmicrohttpd. It has a thread per connection, so that a delayed answer holds up nobody else. It
 * collects the request bodies, lets the faults and the handlers make the answers, and logs them.
 */
#pragma once

#include "sandbox/faults/call.h"

struct MHD_Daemon;
struct identities;

/* The running server. Constant after the start; serve.c owns everything in it. */
struct server {
    struct cloud cloud;
    struct identities *identities;
    int stop_fd; /* eventfd, readable once the server stops: it ends the delays */
    int log_fd;
};

/* Opens the listening socket on 127.0.0.1; port 0 takes a free one. Returns the descriptor, or negative errno. */
int http_listen(int64_t port, int64_t *ret_port);

/* Starts to serve on that socket, which it takes over. 0 or -EIO. */
int http_start(struct server *server, int socket, struct MHD_Daemon **ret);

/* Ends the delays, closes all connections and waits for their threads. */
void http_stop(struct server *server, struct MHD_Daemon *daemon);
