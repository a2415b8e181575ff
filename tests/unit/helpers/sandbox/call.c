#include "unit/helpers/sandbox/call.h"

#include "sandbox/sse/context.h"

#include <string.h>
#include <time.h>

int world_open(void **state)
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

int world_close(void **state)
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

void world_activate(struct world *w, const char *username, int64_t life)
{
    _cleanup_json_ json_object *info = json_object_new_object(), *context = context_new("EUROPE", GUID, info),
                               *enrollment = json_object_new_object();

    assert_int_equal(json_add_string(enrollment, "secret", SECRET), 0);
    assert_int_equal(json_add_string(enrollment, "username", username), 0);
    assert_int_equal(json_add_int(enrollment, "expires", time(NULL) + life), 0);
    assert_int_equal(json_add_string(enrollment, "guid", GUID), 0);
    assert_int_equal(json_add_string(enrollment, "region", "EUROPE"), 0);
    assert_int_equal(context_activate(&w->cloud.store, context, enrollment), 0);
    assert_int_equal(context_save(&w->cloud.store, context), 0);
}

void world_set_body(struct world *w, const char *body)
{
    w->request.body = body;
    w->request.size = strlen(body);
}

unsigned world_run(struct world *w, const struct endpoint *table, const char *name)
{
    answer_done(&w->answer);
    w->answer = (struct answer){ .status = 500, .request = &w->request };
    while (table->name && !streq(table->name, name))
        table++;
    assert_non_null(table->name);
    assert_int_equal(table->run(&w->call, &w->answer), 0);
    return w->answer.status;
}

json_object *world_read_answer(const struct world *w)
{
    json_object *document = NULL;

    assert_int_equal(json_parse(w->answer.body, w->answer.size, &document), 0);
    return document;
}
