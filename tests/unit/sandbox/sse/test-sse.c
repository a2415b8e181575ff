/* The calls of a regional server: what they answer, and what they leave in the context. */
#include "sandbox/sse/sse.h"

#include "unit/helpers/sandbox/call.h"
#include "unit/helpers/sandbox/handshake.h"

#include "sandbox/base/random-text.h"
#include "sandbox/sse/context.h"
#include "sandbox/sse/token.h"

#include <stdio.h>
#include <time.h>

static const char new_context[] =
    "{\"clientInfo\":{\"guid\":\"" GUID "\",\"name\":\"n\",\"type\":\"t\",\"version\":\"1\"},"
    "\"settings\":{\"exchange\":{\"fqdn\":\"api.eu.sse.itd.cisco.com\",\"registration\":{\"refreshInterval\":"
    "1200}}}}";

static void create(struct world *w)
{
    world_set_body(w, new_context);
    assert_int_equal(world_run(w, sse_endpoints, "contexts"), 201);
    strcpy(w->call.guid, GUID);
}

/* Activates with that token; returns the status. */
static unsigned activate(struct world *w, const char *token)
{
    char body[96];
    unsigned status;

    snprintf(body, sizeof(body), "{\"token\":\"%s\"}", token);
    world_set_body(w, body);
    status = world_run(w, sse_endpoints, "activations");
    world_set_body(w, "");
    return status;
}

static void mint(const struct world *w, const char *region, int64_t life, char *token)
{
    assert_int_equal(token_mint(&w->cloud.store, region, time(NULL) + life, token), 0);
}

static void test_contexts(void **state)
{
    struct world *w = *state;
    _cleanup_json_ json_object *context = NULL;

    create(w);
    assert_string_equal(w->answer.body, "{\"guid\":\"" GUID "\"}");
    assert_int_equal(context_load(&w->cloud.store, "EUROPE", GUID, &context), 0);
    assert_string_equal(json_get_string(context, "status"), "created");
    world_set_body(w, new_context);
    assert_int_equal(world_run(w, sse_endpoints, "contexts"), 200);
    assert_string_equal(w->answer.reason, "exists");
    w->request.host = host_find_region(SERVICE_SSE, "APJC");
    assert_int_equal(world_run(w, sse_endpoints, "contexts"), 400);
}

static void test_activation(void **state)
{
    struct world *w = *state;
    _cleanup_json_ json_object *first = NULL, *again = NULL, *context = NULL;
    char token[TOKEN_LENGTH + 1];
    json_object *enrollment;

    create(w);
    mint(w, "EUROPE", 60, token);
    assert_int_equal(activate(w, token), 201);
    first = world_read_answer(w);
    enrollment = json_get_object(first, "enrollment");
    assert_string_equal(json_get_string(enrollment, "url"), EST_URL);
    assert_string_equal(json_get_string(enrollment, "label"), "eu");
    assert_string_equal(json_get_string(enrollment, "scheme"), "bearer");
    assert_true(is_random_text(json_get_string(enrollment, "secret"), SECRET_LENGTH));
    assert_null(json_get_string(enrollment, "username"));
    assert_null(json_get_string(enrollment, "guid"));
    assert_string_equal(json_get_string(json_get_object(first, "tenant"), "name"), TENANT_NAME);
    assert_int_equal(context_load(&w->cloud.store, "EUROPE", GUID, &context), 0);
    assert_string_equal(json_get_string(context, "status"), "activated");
    /* the answer may have got lost */
    assert_int_equal(activate(w, token), 201);
    again = world_read_answer(w);
    assert_true(json_object_equal(first, again));
}

static void test_activation_with_a_user_name(void **state)
{
    struct world *w = *state;
    _cleanup_json_ json_object *basic = NULL, *bearer = NULL;
    char token[TOKEN_LENGTH + 1];

    w->cloud.settings.basic = true;
    create(w);
    mint(w, "EUROPE", 60, token);
    assert_int_equal(activate(w, token), 201);
    basic = world_read_answer(w);
    assert_string_equal(json_get_string(json_get_object(basic, "enrollment"), "scheme"), "basic");
    assert_string_equal(json_get_string(json_get_object(basic, "enrollment"), "username"), GUID);
    /* the fault counts before the setting */
    add_fault(&w->faults, "credential", "bearer");
    mint(w, "EUROPE", 60, token);
    assert_int_equal(activate(w, token), 201);
    bearer = world_read_answer(w);
    assert_string_equal(json_get_string(json_get_object(bearer, "enrollment"), "scheme"), "bearer");
}

static void test_refused_activations(void **state)
{
    struct world *w = *state;
    char token[TOKEN_LENGTH + 1], expired[TOKEN_LENGTH + 1], foreign[TOKEN_LENGTH + 1];

    mint(w, "EUROPE", 60, token);
    mint(w, "EUROPE", -1, expired);
    mint(w, "APJC", 60, foreign);
    strcpy(w->call.guid, GUID);
    activate(w, token);
    assert_error(&w->answer, 404, "not_found");
    create(w);
    activate(w, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_error(&w->answer, 401, "token_invalid");
    activate(w, expired);
    assert_error(&w->answer, 401, "token_expired");
    activate(w, foreign);
    assert_error(&w->answer, 403, "wrong_region");
    assert_non_null(strstr(w->answer.body, "\"region\":\"APJC\""));
    world_set_body(w, "{\"token\":7}");
    world_run(w, sse_endpoints, "activations");
    assert_error(&w->answer, 400, "malformed");
    assert_int_equal(activate(w, token), 201);
}

static void test_a_device_that_is_registered_elsewhere(void **state)
{
    struct world *w = *state;
    _cleanup_json_ json_object *info = json_object_new_object(), *other = context_new("APJC", GUID, info);
    char token[TOKEN_LENGTH + 1];

    create(w);
    mint(w, "EUROPE", 60, token);
    assert_int_equal(json_add_string(other, "status", "enrolled"), 0);
    assert_int_equal(context_save(&w->cloud.store, other), 0);
    activate(w, token);
    assert_error(&w->answer, 409, "device_conflict");
    assert_int_equal(context_remove(&w->cloud.store, "APJC", GUID), 0);
    assert_int_equal(activate(w, token), 201);
}

static void test_calls_that_need_a_certificate(void **state)
{
    static const char *const names[] = { "status", "refresh", "delete" };
    struct world *w = *state;

    create(w);
    for (size_t i = 0; i < ELEMENTS(names); i++) {
        world_run(w, sse_endpoints, names[i]);
        assert_error(&w->answer, 401, "unauthorized");
    }
}

/* Connects as that device, whose certificate the context has. */
static void connect_device(struct world *w, struct handshake *h, const char *common_name)
{
    _cleanup_json_ json_object *context = NULL;
    char serial[SERIAL_HEX_LENGTH + 1];
    time_t now = time(NULL);

    handshake_as_device(h, &w->cloud.authorities, common_name, serial);
    assert_int_equal(context_load(&w->cloud.store, "EUROPE", GUID, &context), 0);
    assert_int_equal(context_add_certificate(context, serial, now + 3600, now), 0);
    assert_int_equal(context_save(&w->cloud.store, context), 0);
    w->request.tls = h->server;
}

static void test_calls_with_a_certificate(void **state)
{
    struct world *w = *state;
    _cleanup_json_ json_object *status = NULL, *context = NULL;
    struct handshake device;

    create(w);
    connect_device(w, &device, GUID);
    assert_int_equal(world_run(w, sse_endpoints, "status"), 200);
    status = world_read_answer(w);
    assert_string_equal(json_get_string(status, "status"), "Enrolled");
    assert_int_equal(json_get_int(status, "refreshInterval", 0), 1200);
    assert_string_equal(json_get_string(json_get_object(status, "tenant"), "name"), TENANT_NAME);
    world_set_body(
        w, "{\"clientInfo\":{\"guid\":\"" GUID "\",\"name\":\"new\",\"type\":\"t\",\"version\":\"2\"}}");
    assert_int_equal(world_run(w, sse_endpoints, "refresh"), 200);
    assert_int_equal(context_load(&w->cloud.store, "EUROPE", GUID, &context), 0);
    assert_string_equal(json_get_string(context, "status"), "enrolled");
    assert_string_equal(json_get_string(json_get_object(context, "clientInfo"), "name"), "new");
    assert_in_range(json_get_int(context, "lastRefresh", 0), time(NULL) - 60, time(NULL));
    assert_int_equal(world_run(w, sse_endpoints, "delete"), 204);
    world_run(w, sse_endpoints, "status");
    assert_error(&w->answer, 404, "not_found");
    handshake_end(&device);
}

static void test_certificates_of_others(void **state)
{
    struct world *w = *state;
    char serial[SERIAL_HEX_LENGTH + 1];
    struct handshake other, earlier;

    create(w);
    connect_device(w, &other, OTHER_GUID);
    world_run(w, sse_endpoints, "status");
    assert_error(&w->answer, 401, "unauthorized");
    assert_non_null(strstr(w->answer.body, "of another device"));
    /* the context doesn't know this one */
    handshake_as_device(&earlier, &w->cloud.authorities, GUID, serial);
    w->request.tls = earlier.server;
    world_run(w, sse_endpoints, "delete");
    assert_error(&w->answer, 401, "unauthorized");
    assert_non_null(strstr(w->answer.body, "of an earlier registration"));
    handshake_end(&other);
    handshake_end(&earlier);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_contexts),
        TEST(test_activation),
        TEST(test_activation_with_a_user_name),
        TEST(test_refused_activations),
        TEST(test_a_device_that_is_registered_elsewhere),
        TEST(test_calls_that_need_a_certificate),
        TEST(test_calls_with_a_certificate),
        TEST(test_certificates_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
