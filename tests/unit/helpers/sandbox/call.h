/*
 * A cloud in a directory of its own, and one call to it after the other, as the server would run them but without HTTP
 * and TLS.
 */
#pragma once

#include <string.h>

#include "sandbox/faults/call.h"
#include "unit/helpers/sandbox/answer.h"
#include "unit/helpers/sandbox/faults.h"

/* The state of a test. The request, the guid and the faults stay until a test changes them. */
struct world {
    struct cloud cloud;
    struct request request;
    struct fault_set faults;
    struct call call;
    struct answer answer;
};

/* The set-up of a test: a cloud with its authorities, and a request to the server of EUROPE. */
static inline int world_open(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    void *store = NULL;

    *state = w;
    if (!w || fixture_open(&store) < 0)
        return -1;
    w->cloud.store = *(struct store *)store;
    free(store);
    w->cloud.settings = SETTINGS_DEFAULT;
    w->request = (struct request){
        .method = "POST",
        .path = "/",
        .id = "request-7",
        .host = host_find_region(SERVICE_SSE, "EUROPE"),
        .host_name = "",
        .body = "",
    };
    w->call = (struct call){ .cloud = &w->cloud, .request = &w->request, .faults = &w->faults };
    return authorities_load(&w->cloud.store, 86400, &w->cloud.authorities);
}

static inline int world_close(void **state)
{
    struct world *w = *state;
    struct store *store = malloc(sizeof(*store));
    void *opened = store;

    if (!store)
        return -1;
    *store = w->cloud.store;
    answer_done(&w->answer);
    authorities_done(&w->cloud.authorities);
    free(w);
    return fixture_close(&opened);
}

/* Sets the body of the next requests, borrowed. */
static inline void world_set_body(struct world *w, const char *body)
{
    w->request.body = body;
    w->request.size = strlen(body);
}

/* Runs the handler of an endpoint of a table; returns the status of the answer. */
static inline unsigned world_run(struct world *w, const struct endpoint *table, const char *name)
{
    answer_done(&w->answer);
    w->answer = (struct answer){ .status = 500, .request = &w->request };
    while (table->name && !streq(table->name, name))
        table++;
    assert_non_null(table->name);
    assert_int_equal(table->run(&w->call, &w->answer), 0);
    return w->answer.status;
}

/* Parses the body of the answer; the caller puts it. */
static inline json_object *world_read_answer(const struct world *w)
{
    json_object *document = NULL;

    assert_int_equal(json_parse(w->answer.body, w->answer.size, &document), 0);
    return document;
}
