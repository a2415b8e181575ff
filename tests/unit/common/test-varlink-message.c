/* Messages: calls and replies, malformed ones, and those that we make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "common/varlink.h"

static int parse_call(const char *text, struct varlink_call *ret)
{
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", text);
    return varlink_call_parse(copy, strlen(text), ret);
}

static void test_calls(void **state)
{
    static const struct {
        const char *text, *method;
        int members; /* of the parameters; -1: none */
        bool more, oneway;
    } good[] = {
        { "{\"method\":\"a.b.C\"}", "a.b.C", -1, false, false },
        { "{\"parameters\":{},\"method\":\"x\"}", "x", 0, false, false },
        { "{\"method\":\"a.B\",\"parameters\":{\"p\":null}}", "a.B", 1, false, false },
        { "{\"method\":\"a.B\",\"parameters\":null}", "a.B", -1, false, false },
        { "{\"method\":\"a.B\",\"more\":true}", "a.B", -1, true, false },
        { "{\"method\":\"a.B\",\"more\":false,\"oneway\":false}", "a.B", -1, false, false },
        { "{\"method\":\"a.B\",\"oneway\":true,\"more\":false}", "a.B", -1, false, true },
        { "{\"method\":\"a.B\",\"upgrade\":false}", "a.B", -1, false, false },
        { "{\"method\":\"\"}", "", -1, false, false },
    };
    static const char *const bad[] = { "", "x", "[]", "1", "{}", "{\"parameters\":{}}", "{\"method\":1}",
        "{\"method\":null}", "{\"method\":\"a.B\",\"parameters\":[]}", "{\"method\":\"a.B\",\"more\":1}",
        "{\"method\":\"a.B\",\"more\":null}", "{\"method\":\"a.B\",\"oneway\":\"true\"}",
        "{\"method\":\"a.B\",\"upgrade\":0}", "{\"method\":\"a.B\",\"upgrade\":true}",
        "{\"method\":\"a.B\",\"extra\":1}", "{\"method\":\"a.B\",\"method\":\"a.B\"}",
        "{\"method\":\"a.B\",\"oneway\":true,\"more\":true}",
        "{\"method\":\"a.B\",\"oneway\":true,\"upgrade\":true}", "{\"method\":\"a.B\"}{\"method\":\"a.B\"}",
        "{\"error\":\"a.B\"}" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        struct varlink_call call;

        assert_int_equal(parse_call(good[i].text, &call), 0);
        assert_string_equal(call.method, good[i].method);
        assert_int_equal(call.parameters ? json_object_object_length(call.parameters) : -1, good[i].members);
        assert_int_equal(call.more, good[i].more);
        assert_int_equal(call.oneway, good[i].oneway);
        varlink_call_done(&call);
        varlink_call_done(&call);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct varlink_call call;

        print_message("%s\n", bad[i]);
        assert_int_equal(parse_call(bad[i], &call), -EBADMSG);
    }
}

static int parse_reply(const char *text, struct varlink_reply *ret)
{
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", text);
    return varlink_reply_parse(copy, strlen(text), ret);
}

static void test_replies(void **state)
{
    static const struct {
        const char *text, *error;
        int members;
        bool continues;
    } good[] = {
        { "{}", NULL, -1, false },
        { "{\"parameters\":{\"a\":1,\"b\":2}}", NULL, 2, false },
        { "{\"error\":\"a.B\"}", "a.B", -1, false },
        { "{\"error\":\"a.B\",\"parameters\":{}}", "a.B", 0, false },
        { "{\"error\":\"a.B\",\"parameters\":null}", "a.B", -1, false },
        { "{\"parameters\":{},\"continues\":true}", NULL, 0, true },
        { "{\"error\":\"a.B\",\"continues\":false}", "a.B", -1, false },
    };
    static const char *const bad[] = { "", "null", "{\"error\":null}", "{\"error\":1}", "{\"parameters\":1}",
        "{\"continues\":1}", "{\"method\":\"a.B\"}", "{\"error\":\"a.B\",\"continues\":true}",
        "{\"error\":\"a.B\",\"error\":\"a.B\"}", "{\"extra\":null}" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        struct varlink_reply reply;

        assert_int_equal(parse_reply(good[i].text, &reply), 0);
        if (good[i].error)
            assert_string_equal(reply.error, good[i].error);
        else
            assert_null(reply.error);
        assert_int_equal(
            reply.parameters ? json_object_object_length(reply.parameters) : -1, good[i].members);
        assert_int_equal(reply.continues, good[i].continues);
        varlink_reply_done(&reply);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct varlink_reply reply;

        print_message("%s\n", bad[i]);
        assert_int_equal(parse_reply(bad[i], &reply), -EBADMSG);
    }
}

/* Makes a message of n values: itself, perhaps a method, parameters, an array, and numbers. */
static char *message_of(const char *begin, int values)
{
    static char text[16384];
    char *p = stpcpy(text, begin);

    for (int i = 1; i < values; i++)
        p = stpcpy(p, "1,");
    stpcpy(p, "1]}}");
    return text;
}

static void test_values(void **state)
{
    static const char call[] = "{\"method\":\"a.B\",\"parameters\":{\"a\":[",
                      reply[] = "{\"parameters\":{\"a\":[";
    struct varlink_call parsed;
    struct varlink_reply answer;
    char *text = message_of(call, 1024 - 4);

    (void)state;
    assert_int_equal(varlink_call_parse(text, strlen(text), &parsed), 0);
    varlink_call_done(&parsed);
    text = message_of(call, 1024 - 3);
    assert_int_equal(varlink_call_parse(text, strlen(text), &parsed), -EBADMSG);
    text = message_of(reply, 4096 - 3);
    assert_int_equal(varlink_reply_parse(text, strlen(text), &answer), 0);
    varlink_reply_done(&answer);
    text = message_of(reply, 4096 - 2);
    assert_int_equal(varlink_reply_parse(text, strlen(text), &answer), -EBADMSG);
}

static void check_message(json_object *message, const char *text)
{
    assert_non_null(message);
    assert_string_equal(json_text(message, NULL), text);
    json_object_put(message);
}

static json_object *one(void)
{
    json_object *object = json_object_new_object();

    assert_int_equal(json_add_int(object, "n", 1), 0);
    return object;
}

static void test_making(void **state)
{
    (void)state;
    check_message(varlink_make_call("a.B", NULL, false), "{\"method\":\"a.B\"}");
    check_message(varlink_make_call("a.B", one(), false), "{\"method\":\"a.B\",\"parameters\":{\"n\":1}}");
    check_message(
        varlink_make_call("a.B", one(), true), "{\"method\":\"a.B\",\"parameters\":{\"n\":1},\"more\":true}");
    check_message(varlink_make_reply(NULL), "{\"parameters\":{}}");
    check_message(varlink_make_reply(one()), "{\"parameters\":{\"n\":1}}");
    check_message(varlink_make_part(NULL), "{\"parameters\":{},\"continues\":true}");
    check_message(varlink_make_part(one()), "{\"parameters\":{\"n\":1},\"continues\":true}");
    check_message(varlink_make_error("a.E", NULL), "{\"error\":\"a.E\",\"parameters\":{}}");
    check_message(varlink_make_error("a.E", one()), "{\"error\":\"a.E\",\"parameters\":{\"n\":1}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_making),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
