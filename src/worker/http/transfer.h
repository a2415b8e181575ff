/*
 * The transfers of a struct http: one that is waited for, and those that go on meanwhile. They share connections and
 * caches. Belongs to http.c.
 */
#pragma once

#include "worker/http/progress.h"
#include "worker/http/request.h"

enum {
    PREFETCHES = 2,
    TRANSFERS = 1 + PREFETCHES, /* the first is for what is waited for */
};

enum transfer_state {
    TRANSFER_FREE,
    TRANSFER_WAITING, /* begins when those before it are done */
    TRANSFER_RUNNING,
    TRANSFER_DONE,
};

struct transfer {
    enum transfer_state state;
    CURL *easy;
    CURLcode code;
    struct http_exchange exchange;
    bool proxied;         /* the host is reached by the proxy */
    struct tls_peer peer; /* libcurl's connections point to it */
    const char *method;   /* for the log */
    char *key;            /* of a prefetch: what it is that was asked for */
};

struct http {
    CURLM *multi;
    int caller_fd;
    http_watcher watcher; /* NULL: nobody looks on */
    void *watcher_userdata;
    struct transfer transfers[TRANSFERS];
    char *ca_bundle, *ca_file; /* what the connections and the store were made with */
};

/* Makes ready for requests with these anchors: what was verified with others is dropped. 0 or -ENOMEM. */
int transfer_open(struct http *http, const struct network *network);

/* Drops all handles and connections. */
void transfer_close(struct http *http);

/* Sets a free transfer up; it does not run yet. 0; -EINVAL if the URL is none for us; -ENOMEM. On failure it is free. */
int transfer_begin(
    struct call_context *context, struct transfer *transfer, const struct http_request *request);

/* Runs this one and what else is under way until this one is done. */
void transfer_run(struct http *http, struct transfer *transfer);

/* Makes a transfer free for the next request: the borrowed secrets are dropped, connections and caches stay. */
void transfer_release(struct http *http, struct transfer *transfer);
