/* Memory that runs out at each allocation of a message: the result is an error or the whole, never a part of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "common/open-file.h"
#include "common/service.h"
#include "unit/helpers/failing-memory.h"

#define INNER "{\"a\":[1,2.5,true,null,\"\\u00e9\\n\"],\"b\":{\"c\":\"d\"}}"

/* Some work that returns 0 with the whole result, or a negative errno. */
typedef int (*memory_work)(void);

static void check_work(memory_work work)
{
    bool failed = true;

    for (long k = 1; failed; k++) {
        assert_true(k < 1000);
        failing_memory_begin(k);
        int r = work();
        failed = failing_memory_end();
        if (r != 0 && (r != -ENOMEM || !failed))
            fail_msg("allocation %ld: %d", k, r);
    }
}

static int parse_and_print(void)
{
    _cleanup_json_erase_ json_object *object = NULL;
    size_t size;

    int r = json_parse(INNER, strlen(INNER), &object);
    if (r < 0) {
        assert_null(object);
        return r;
    }
    const char *text = json_text(object, &size);
    if (!text)
        return -ENOMEM;
    assert_string_equal(text, "{\"a\":[1,2.5,true,null,\"\xc3\xa9\\n\"],\"b\":{\"c\":\"d\"}}");
    assert_int_equal(size, strlen(text));
    return 0;
}

/* An array that has to grow while it is read. */
static int parse_long_array(void)
{
    char text[4096] = "{\"a\":[1";
    json_object *object = NULL;
    size_t size;

    for (int i = 0; i < 200; i++)
        strcat(text, ",1");
    strcat(text, "]}");
    int r = json_parse(text, strlen(text), &object);
    if (r < 0)
        return r;
    assert_int_equal(json_object_array_length(json_get_array(object, "a")), 201);
    const char *printed = json_text(object, &size);
    if (printed)
        assert_string_equal(printed, text);
    json_object_put(object);
    return printed ? 0 : -ENOMEM;
}

static int make_members(void)
{
    _cleanup_json_ json_object *object = json_object_new_object();

    if (json_add_string(object, "s", "t") < 0 || json_add_int(object, "i", 5) < 0 ||
        json_add_bool(object, "b", true) < 0 || json_add(object, "n", NULL) < 0)
        return -ENOMEM;
    const char *text = json_text(object, NULL);
    if (!text)
        return -ENOMEM;
    assert_string_equal(text, "{\"s\":\"t\",\"i\":5,\"b\":true}");
    return 0;
}

static const struct service_interface interface = {
    .name = "x.y",
    .description = "interface x.y",
    .methods = (const struct service_method[]){ { "Z", NULL, SERVICE_READ, NULL }, { 0 } },
};
static const struct service service = { "product", &interface };

/* Calls that the service answers itself, and the beginning of each answer. */
static const struct {
    const char *call, *reply;
} calls[] = {
    { "{\"method\":\"org.varlink.service.GetInfo\"}",
        "{\"parameters\":{\"vendor\":\"threatresponsed\",\"product\":\"product\",\"version\":" },
    { "{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":\"x.y\"}}",
        "{\"parameters\":{\"description\":\"interface x.y\"}}" },
    { "{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":\"q\"}}",
        "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":\"q\"}}" },
    { "{\"method\":\"x.y.Q\"}",
        "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"x.y.Q\"}}" },
    { "{\"method\":\"x.y.Z\",\"parameters\":{\"p\":1}}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"p\"}}" },
    { "{\"method\":\"q\"}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"method\"}}" },
};
static size_t current;

/* Receives, answers and sends a call. */
static int answer(void)
{
    const struct service_method *method;
    struct varlink_stream stream;
    struct varlink_call call = { 0 };
    json_object *reply = NULL;
    char received[1024] = "", text[256];
    int ends[2];

    snprintf(text, sizeof(text), "%s", calls[current].call);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    varlink_stream_init(&stream, ends[0], ends[0], 4096, 4096);
    int r = varlink_call_parse(text, strlen(text), &call);
    if (r >= 0)
        r = service_dispatch(&service, &call, &method, &reply);
    if (r >= 0)
        r = varlink_stream_queue(&stream, reply);
    if (r >= 0)
        r = varlink_stream_flush(&stream);
    ssize_t n = recv(ends[1], received, sizeof(received), MSG_DONTWAIT);
    assert_int_equal(n > 0, r == 0);
    if (r == 0)
        assert_memory_equal(received, calls[current].reply, strlen(calls[current].reply));
    json_object_put(reply);
    varlink_call_done(&call);
    varlink_stream_done(&stream);
    close(ends[0]);
    close(ends[1]);
    return r;
}

/* The file is the standard input's descriptor, which an open file may be, too. */
static int open_null(void)
{
    int next = dup(1);

    close(next);
    FILE *file = open_file_to_read("/dev/null");
    if (file) {
        fclose(file);
        return 0;
    }
    assert_int_equal(errno, ENOMEM);
    /* Nothing stays open. */
    int again = dup(1);
    close(again);
    assert_int_equal(again, next);
    return -ENOMEM;
}

static void test_json(void **state)
{
    (void)state;
    check_work(parse_and_print);
    check_work(parse_long_array);
    check_work(make_members);
}

static void test_service(void **state)
{
    (void)state;
    for (current = 0; current < ELEMENTS(calls); current++)
        check_work(answer);
}

static void test_open_file(void **state)
{
    int kept = dup(0);

    (void)state;
    check_work(open_null);
    close(0);
    check_work(open_null);
    assert_int_equal(dup2(kept, 0), 0);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_service),
        cmocka_unit_test(test_open_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
