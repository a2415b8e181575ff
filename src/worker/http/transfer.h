/*
 * The transfers of a struct http: one that is waited for, and prefetches that go on meanwhile, one at a time. They share
 * connections and caches. Only http.c uses them.
 */
#pragma once

#include "common/clock.h"
#include "worker/http/progress.h"
#include "worker/http/request.h"

enum {
    PREFETCHES = 2,
    TRANSFERS = 1 + PREFETCHES, /* the first is the one that is waited for */
};

enum transfer_state {
    TRANSFER_FREE,
    TRANSFER_WAITING, /* for its turn */
    TRANSFER_RUNNING,
    TRANSFER_DONE,
};

/* The lookups of a name, one after the other until the name is found. */
enum lookup {
    LOOKUP_BOTH, /* both families of addresses, for half the time of a connection */
    LOOKUP_IPV4, /* IPv4 only, with more time: some name servers never answer a question for IPv6 */
    LOOKUP_LAST, /* both families, with more time */
};

struct transfer {
    enum transfer_state state;
    CURL *easy;
    CURLcode code;
    struct http_exchange exchange;
    enum lookup lookup;
    uint64_t asked;       /* when the lookup began: milliseconds of CLOCK_MONOTONIC */
    long connect_timeout; /* milliseconds */
    struct tls_peer peer; /* libcurl's connections point to it */
    const char *method;   /* for the log */
    char *key;            /* of a prefetch: identifies the request */
};

struct http {
    CURLM *multi;
    int caller_fd;
    http_watcher watcher; /* NULL: nobody watches */
    void *watcher_userdata;
    struct transfer transfers[TRANSFERS];
    char *ca_bundle, *ca_file; /* the anchors of the connections and the store */
};

/* Prepares for requests with these anchors, dropping connections that were verified with others. Returns 0 or -ENOMEM. */
int transfer_open(struct http *http, const struct network *network);

/* Drops all handles and connections. */
void transfer_close(struct http *http);

/* Ends all connections. Drops running transfers, and keeps finished ones. libcurl reads the pending input of
 * a connection before it closes it. */
void transfer_hang_up(struct http *http);

/* Sets up a free transfer, which doesn't run yet. Returns 0, -EINVAL if the URL is not one that we use, or -ENOMEM; a
 * failure leaves it free. */
int transfer_begin(
    struct call_context *context, struct transfer *transfer, const struct http_request *request);

/* Runs all transfers until this one is done. Ends the process if the caller hangs up. */
void transfer_run(struct http *http, struct transfer *transfer);

/* Frees a transfer for the next request: drops the borrowed secrets, keeps connections and caches. */
void transfer_release(struct http *http, struct transfer *transfer);
