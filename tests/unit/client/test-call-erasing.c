/* Memory of calls that hold secrets: whatever becomes of a call, the library frees no block with the secret in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "client/connection.h"
#include "unit/helpers/freed-secrets.h"
#include "unit/helpers/text-server.h"

#define SECRET "hush-hush-hush"
#define TOKEN "{\"token\":\"" SECRET "\"}"

static struct text_server server;
static struct tr_client *client;

static int set_up(void **state)
{
    (void)state;
    server = (struct text_server){ SAYS("{\"parameters\":{}}") };
    text_server_start(&server, 8);
    client = text_server_client(&server);
    freed_secrets_watch(SECRET);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tr_client_free(client);
    text_server_stop(&server);
    assert_int_equal(freed_secrets_end(), 0);
    return 0;
}

/* Ends what the client remembers of the call, with the client, and looks at what was freed. */
static void check_nothing_left(void)
{
    client = tr_client_free(client);
    assert_int_equal(freed_secrets_end(), 0);
}

static void test_answered(void **state)
{
    char *reply = NULL;

    (void)state;
    assert_int_equal(tr_call(client, "Register", TOKEN, &reply, NULL), 0);
    assert_non_null(strstr(server.received, SECRET));
    free(reply);
    check_nothing_left();
}

static void test_refused(void **state)
{
    struct tr_error error;
    char *reply = NULL;

    (void)state;
    SAY(&server, "{\"error\":\"x.y.Z\"}");
    assert_int_equal(tr_call(client, "Register", TOKEN, &reply, &error), -EREMOTEIO);
    assert_null(strstr(error.message, SECRET));
    check_nothing_left();
}

/* Parameters that are no object, a name that is too long, and a daemon that isn't there. */
static void test_not_sent(void **state)
{
    static const char *const wrong[] = { TOKEN " x", "[" TOKEN "]", "{\"token\":\"" SECRET "\"",
        "{\"token\":\"" SECRET "\",\"n\":{\"m\":\"" SECRET "\",}" };
    char *reply = NULL, name[300] = "";

    (void)state;
    for (size_t i = 0; i < ELEMENTS(wrong); i++)
        assert_int_equal(tr_call(client, "Register", wrong[i], &reply, NULL), -EINVAL);
    memset(name, 'n', sizeof(name) - 1);
    assert_int_equal(tr_call(client, name, TOKEN, &reply, NULL), -EINVAL);
    text_server_leave(&server);
    assert_int_equal(tr_call(client, "Register", TOKEN, &reply, NULL), -ECONNREFUSED);
    assert_string_equal(server.received, "");
    check_nothing_left();
}

/* The parameters of a stream that resumes are kept, and erased with its last answer, another stream, or the client. */
static void test_stream(void **state)
{
    char *reply = NULL;

    (void)state;
    tr_client_set_reconnect(client, true);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tr_stream_start(client, "Register", TOKEN, NULL), 0);
        assert_string_equal(client->resumption.parameters, TOKEN);
        if (i == 0) {
            assert_int_equal(tr_stream_next(client, -1, &reply, NULL), 0);
            free(reply);
        }
        if (i == 1)
            tr_client_disconnect(client);
        assert_true(i == 2 || !client->resumption.parameters);
    }
    check_nothing_left();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_answered),
        TEST(test_refused),
        TEST(test_not_sent),
        TEST(test_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
