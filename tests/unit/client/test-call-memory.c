/* Memory that runs out at each allocation of a call: the result is an error or the whole answer, never a part of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/connection.h"
#include "unit/helpers/failing-memory.h"
#include "unit/helpers/text-server.h"

enum {
    ALLOCATIONS_MAX = 5000,
};

#define PARAMETERS "{\"a\":[1,2,{\"b\":\"c\"}],\"d\":\"e\"}"
#define SENT "{\"method\":\"x.y.Z\",\"parameters\":" PARAMETERS "}"
#define SERVER "{\"number\":2,\"label\":\"EUROPE\",\"fqdn\":\"eu.example\",\"supported\":true}"
#define STATUS                                                                                               \
    "{\"status\":{\"version\":\"1\",\"product\":\"P\",\"name\":\"n\",\"enabled\":true,\"server\":" SERVER    \
    ",\"revision\":7,\"staged\":[{\"uid\":0,\"userName\":\"root\",\"baseRevision\":6,\"server\":\"APJC\"},"  \
    "{\"uid\":1,\"userName\":\"ann\",\"baseRevision\":7}],\"registration\":{\"state\":\"registered\","       \
    "\"since\":5,\"running\":false,\"attempt\":0,\"guid\":\"g\",\"server\":" SERVER ",\"lastFailure\":"      \
    "{\"reason\":\"clock_skew\",\"message\":\"m\",\"remedy\":\"r\",\"permanent\":true,\"time\":13,"          \
    "\"operation\":\"refresh\",\"step\":\"s\",\"requestId\":\"id\"},\"tenant\":{\"id\":\"t\",\"name\":"      \
    "\"T\"}},"                                                                                               \
    "\"proxy\":\"http://p\",\"configFault\":\"cf\"}}"

static struct text_server server;

/* Some work of a client; returns 0 with the whole result, or a negative errno. */
typedef int (*client_work)(struct tr_client *client);

static int call(struct tr_client *client)
{
    char *reply = NULL;

    int r = tr_call(client, "x.y.Z", PARAMETERS, &reply, NULL);
    if (r == 0) {
        assert_string_equal(reply, PARAMETERS);
        assert_string_equal(server.received, SENT);
    }
    free(reply);
    return r;
}

static int refused_call(struct tr_client *client)
{
    struct tr_error error;
    char *reply = NULL;

    int r = tr_call(client, "x.y.Z", PARAMETERS, &reply, &error);
    assert_null(reply);
    if (r != -EREMOTEIO)
        return r;
    assert_string_equal(error.code, "x.y.Refused");
    if (!tr_client_error_parameters(client))
        return -ENOMEM;
    assert_string_equal(tr_client_error_parameters(client), PARAMETERS);
    return 0;
}

static int stream(struct tr_client *client)
{
    char *reply = NULL;

    tr_client_set_reconnect(client, true);
    int r = tr_stream_start(client, "x.y.Z", PARAMETERS, NULL);
    if (r < 0)
        return r;
    assert_string_equal(client->resumption.method, "x.y.Z");
    assert_string_equal(client->resumption.parameters, PARAMETERS);
    r = tr_stream_next(client, -1, &reply, NULL);
    if (r >= 0)
        assert_string_equal(reply, PARAMETERS);
    free(reply);
    return r;
}

static int status(struct tr_client *client)
{
    struct tr_status *result = NULL;

    int r = tr_get_status(client, &result, NULL);
    if (r < 0) {
        assert_null(result);
        return r;
    }
    assert_string_equal(result->server->fqdn, "eu.example");
    assert_int_equal(result->n_staged, 2);
    assert_string_equal(result->staged[0]->server, "APJC");
    assert_string_equal(result->staged[1]->user_name, "ann");
    assert_string_equal(result->registration->guid, "g");
    assert_string_equal(result->registration->server->label, "EUROPE");
    assert_string_equal(result->registration->last_failure->request_id, "id");
    assert_string_equal(result->registration->tenant->name, "T");
    assert_string_equal(result->proxy, "http://p");
    assert_string_equal(result->config_fault, "cf");
    tr_status_free(result);
    return 0;
}

/* Repeats the work, each time with memory for one allocation more, until nothing fails. */
static void check_work(client_work work)
{
    bool failed = true;
    int r = 0;

    text_server_start(&server, 8);
    for (long k = 1; failed; k++) {
        struct tr_client *client = NULL;

        assert_true(k < ALLOCATIONS_MAX);
        failing_memory_begin(k);
        r = tr_client_new(server.path, &client);
        if (r == 0)
            r = work(client);
        failed = failing_memory_end();
        assert_true(r == 0 || (failed && r < 0));
        tr_client_free(client);
    }
    text_server_stop(&server);
}

static void test_call(void **state)
{
    (void)state;
    server = (struct text_server){ SAYS("{\"parameters\":" PARAMETERS "}") };
    check_work(call);
}

static void test_refused_call(void **state)
{
    (void)state;
    server = (struct text_server){ SAYS("{\"error\":\"x.y.Refused\",\"parameters\":" PARAMETERS "}") };
    check_work(refused_call);
}

static void test_stream(void **state)
{
    (void)state;
    server = (struct text_server){ SAYS("{\"parameters\":" PARAMETERS "}") };
    check_work(stream);
}

static void test_status(void **state)
{
    (void)state;
    server = (struct text_server){ SAYS("{\"parameters\":" STATUS "}") };
    check_work(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_refused_call),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
