/* The dispatcher: org.varlink.service, unknown names, and parameters of every type against their table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "common/service.h"
#include "common/version.h"

#define DESCRIPTION "interface test.example\n\nmethod \"Run\"\n"

static const char *const colours[] = { "red", "green", NULL };

static const struct service_field inner[] = {
    { .name = "id", .type = SERVICE_STRING, .min = 1, .max = 4 },
    { .name = "flag", .type = SERVICE_BOOL, .optional = true },
    { 0 },
};

static const struct service_field outer[] = {
    { .name = "inner", .type = SERVICE_OBJECT, .optional = true, .fields = inner },
    { 0 },
};

static const struct service_field fields[] = {
    { .name = "n", .type = SERVICE_INT, .min = -2, .max = 5 },
    { .name = "b", .type = SERVICE_BOOL, .optional = true },
    { .name = "s", .type = SERVICE_STRING, .optional = true, .min = 2, .max = 3 },
    { .name = "any", .type = SERVICE_STRING, .optional = true },
    { .name = "list", .type = SERVICE_STRINGS, .optional = true, .min = 1, .max = 2 },
    { .name = "colour", .type = SERVICE_ENUM, .optional = true, .choices = colours },
    { .name = "o", .type = SERVICE_OBJECT, .optional = true, .fields = outer },
    { .name = "objects", .type = SERVICE_OBJECTS, .optional = true, .max = 2, .fields = inner },
    { 0 },
};

static int run(void *userdata, const struct varlink_call *call, json_object **ret_reply)
{
    (void)userdata;
    (void)call;
    (void)ret_reply;
    return 0;
}

static const struct service_method methods[] = {
    { "Run", fields, SERVICE_WRITE, run },
    { "Empty", NULL, SERVICE_READ, run },
    { "Stream", NULL, SERVICE_READ, run, .streams = true },
    { 0 },
};

static const struct service_method other_methods[] = {
    { "Other", NULL, SERVICE_READ, run },
    { 0 },
};
static const struct service_interface other = { "second.example", "interface second.example\n",
    other_methods };
static const struct service_interface interface = { "test.example", DESCRIPTION, methods, &other };
static const struct service service = { "a product", &interface };

static int dispatch(const char *text, const struct service_method **ret_method, json_object **ret_reply)
{
    struct varlink_call call;
    char *copy = strdup(text);

    assert_int_equal(varlink_call_parse(copy, strlen(text), &call), 0);
    int r = service_dispatch(&service, &call, ret_method, ret_reply);
    varlink_call_done(&call);
    free(copy);
    return r;
}

static void check_reply(const char *call, const char *expected)
{
    const struct service_method *method = NULL;
    _cleanup_json_ json_object *reply = NULL;

    assert_int_equal(dispatch(call, &method, &reply), 0);
    assert_null(method);
    assert_string_equal(json_text(reply, NULL), expected);
}

static void test_service_interface(void **state)
{
    const struct service_method *method = NULL;
    _cleanup_json_ json_object *reply = NULL;

    (void)state;
    check_reply("{\"method\":\"org.varlink.service.GetInfo\"}",
        "{\"parameters\":{\"vendor\":\"threatresponsed\",\"product\":\"a product\",\"version\":\"" TR_VERSION
        "\",\"url\":\"" TR_URL "\",\"interfaces\":[\"org.varlink.service\",\"test.example\","
        "\"second.example\"]}}");
    check_reply(
        "{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":\"second."
        "example\"}}",
        "{\"parameters\":{\"description\":\"interface second.example\\n\"}}");
    assert_int_equal(dispatch("{\"method\":\"second.example.Other\"}", &method, &reply), 1);
    assert_ptr_equal(method, other_methods);
    check_reply("{\"method\":\"test.example.Other\"}", "{\"error\":\"org.varlink.service.MethodNotFound\","
                                                       "\"parameters\":{\"method\":\"test.example.Other\"}}");

    check_reply(
        "{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":\"test."
        "example\"}}",
        "{\"parameters\":{\"description\":\"interface test.example\\n\\nmethod \\\"Run\\\"\\n\"}}");
    check_reply("{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":"
                "\"test\"}}",
        "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":\"test\"}}");
    check_reply("{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"interface\"}}");
    check_reply("{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{\"x\":1}}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"x\"}}");
    check_reply("{\"method\":\"org.varlink.service.getinfo\"}",
        "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"org.varlink.service."
        "getinfo\"}"
        "}");

    assert_int_equal(dispatch("{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{"
                              "\"interface\":\"org.varlink.service\"}}",
                         &method, &reply),
        0);
    const char *description = json_get_string(json_get_object(reply, "parameters"), "description");
    assert_non_null(description);
    assert_non_null(strstr(description, "\ninterface org.varlink.service\n"));
    assert_non_null(strstr(description, "\nerror InvalidParameter(parameter: string)\n"));
}

static void test_unknown(void **state)
{
    (void)state;
    check_reply("{\"method\":\"other.example.Run\"}", "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                                                      "\"parameters\":{\"interface\":\"other.example\"}}");
    check_reply("{\"method\":\"test.exampl.Run\"}", "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                                                    "\"parameters\":{\"interface\":\"test.exampl\"}}");
    check_reply("{\"method\":\"test.Example.Run\"}", "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                                                     "\"parameters\":{\"interface\":\"test.Example\"}}");
    check_reply("{\"method\":\".Run\"}",
        "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":\"\"}}");
    check_reply("{\"method\":\"test.example.Walk\"}", "{\"error\":\"org.varlink.service.MethodNotFound\","
                                                      "\"parameters\":{\"method\":\"test.example.Walk\"}}");
    check_reply("{\"method\":\"test.example.\"}",
        "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"test.example.\"}}");
    check_reply("{\"method\":\"Run\"}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"method\"}}");
    check_reply("{\"method\":\"\"}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"method\"}}");
}

/* Names are cut between characters, so that the reply is UTF-8. */
static void test_long_names(void **state)
{
    char call[800], name[600], expected[800];

    (void)state;
    memset(name, 'i', 254);
    memcpy(name + 254, "\xe2\x82\xac.Run", 8);
    snprintf(call, sizeof(call), "{\"method\":\"%s\"}", name);
    snprintf(expected, sizeof(expected),
        "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":\"%.254s\"}}",
        name);
    check_reply(call, expected);

    memset(name, 'p', 63);
    memcpy(name + 63, "\xc3\xa9", 3);
    snprintf(call, sizeof(call), "{\"method\":\"test.example.Run\",\"parameters\":{\"%s\":1}}", name);
    snprintf(expected, sizeof(expected),
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"%.63s\"}}",
        name);
    check_reply(call, expected);
}

static void test_found(void **state)
{
    const struct service_method *method = NULL;
    json_object *reply = NULL;

    (void)state;
    assert_int_equal(
        dispatch("{\"method\":\"test.example.Run\",\"parameters\":{\"n\":0}}", &method, &reply), 1);
    assert_ptr_equal(method, &methods[0]);
    assert_int_equal(dispatch("{\"method\":\"test.example.Empty\"}", &method, &reply), 1);
    assert_ptr_equal(method, &methods[1]);
    assert_int_equal(dispatch("{\"method\":\"test.example.Empty\",\"parameters\":{}}", &method, &reply), 1);
    assert_null(reply);
    check_reply("{\"method\":\"test.example.Run\"}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"n\"}}");
    check_reply("{\"method\":\"test.example.Empty\",\"parameters\":{\"n\":0}}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"n\"}}");
}

/* A method that streams needs a call with "more". */
static void test_streams(void **state)
{
    const struct service_method *method = NULL;
    json_object *reply = NULL;

    (void)state;
    check_reply("{\"method\":\"test.example.Stream\"}",
        "{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{}}");
    check_reply("{\"method\":\"test.example.Stream\",\"parameters\":{\"x\":1},\"more\":true}",
        "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"x\"}}");
    assert_int_equal(dispatch("{\"method\":\"test.example.Stream\",\"more\":true}", &method, &reply), 1);
    assert_string_equal(method->name, "Stream");
    assert_null(reply);
}

/* name: the path of the field that is wrong; NULL: none */
static const struct {
    const char *object, *name;
} field_cases[] = {
    { "{\"n\":0}", NULL },
    { "{\"n\":-2}", NULL },
    { "{\"n\":5}", NULL },
    { "{\"n\":-3}", "n" },
    { "{\"n\":6}", "n" },
    { "{\"n\":18446744073709551615}", "n" },
    { "{\"n\":1.0}", "n" },
    { "{\"n\":\"1\"}", "n" },
    { "{\"n\":true}", "n" },
    { "{\"n\":null}", "n" },
    { "{}", "n" },
    { "{\"n\":1,\"unknown\":null}", "unknown" },
    { "{\"n\":1,\"N\":1}", "N" },
    { "{\"n\":1,\"b\":null,\"s\":null,\"list\":null,\"colour\":null,\"o\":null,\"objects\":null}", NULL },
    { "{\"n\":1,\"b\":false}", NULL },
    { "{\"n\":1,\"b\":0}", "b" },
    { "{\"n\":1,\"b\":\"false\"}", "b" },
    { "{\"n\":1,\"s\":\"ab\"}", NULL },
    { "{\"n\":1,\"s\":\"abc\"}", NULL },
    { "{\"n\":1,\"s\":\"a\"}", "s" },
    { "{\"n\":1,\"s\":\"abcd\"}", "s" },
    { "{\"n\":1,\"s\":1}", "s" },
    { "{\"n\":1,\"any\":\"\"}", NULL },
    { "{\"n\":1,\"any\":[]}", "any" },
    { "{\"n\":1,\"list\":[]}", NULL },
    { "{\"n\":1,\"list\":[\"a\",\"bc\",\"a\"]}", NULL },
    { "{\"n\":1,\"list\":[\"a\",\"\"]}", "list" },
    { "{\"n\":1,\"list\":[\"abc\"]}", "list" },
    { "{\"n\":1,\"list\":[1]}", "list" },
    { "{\"n\":1,\"list\":[null]}", "list" },
    { "{\"n\":1,\"list\":\"a\"}", "list" },
    { "{\"n\":1,\"colour\":\"green\"}", NULL },
    { "{\"n\":1,\"colour\":\"gree\"}", "colour" },
    { "{\"n\":1,\"colour\":\"\"}", "colour" },
    { "{\"n\":1,\"colour\":0}", "colour" },
    { "{\"n\":1,\"o\":{}}", NULL },
    { "{\"n\":1,\"o\":[]}", "o" },
    { "{\"n\":1,\"o\":{\"inner\":{\"id\":\"a\"}}}", NULL },
    { "{\"n\":1,\"o\":{\"inner\":{}}}", "o.inner.id" },
    { "{\"n\":1,\"o\":{\"inner\":{\"id\":\"abcde\"}}}", "o.inner.id" },
    { "{\"n\":1,\"o\":{\"inner\":{\"id\":\"a\",\"x\":1}}}", "o.inner.x" },
    { "{\"n\":1,\"o\":{\"inner\":1}}", "o.inner" },
    { "{\"n\":1,\"objects\":[]}", NULL },
    { "{\"n\":1,\"objects\":[{\"id\":\"a\"},{\"id\":\"b\",\"flag\":true}]}", NULL },
    { "{\"n\":1,\"objects\":[{\"id\":\"a\"},{\"id\":\"b\",\"flag\":1}]}", "objects.flag" },
    { "{\"n\":1,\"objects\":[{\"id\":\"a\"},null]}", "objects" },
    { "{\"n\":1,\"objects\":[{\"id\":\"a\"},{\"id\":\"a\"},{\"id\":\"a\"}]}", "objects" },
    { "{\"n\":1,\"objects\":{}}", "objects" },
};

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(field_cases); i++) {
        _cleanup_json_ json_object *object = NULL;
        char name[128] = "untouched";

        print_message("%s\n", field_cases[i].object);
        assert_int_equal(json_parse(field_cases[i].object, strlen(field_cases[i].object), &object), 0);
        assert_int_equal(
            service_check_fields(fields, object, name, sizeof(name)), field_cases[i].name ? -EINVAL : 0);
        assert_string_equal(name, field_cases[i].name ? field_cases[i].name : "untouched");
    }
}

/* A call without parameters lacks all of them. */
static void test_no_object(void **state)
{
    char name[128];

    (void)state;
    assert_int_equal(service_check_fields(fields, NULL, name, sizeof(name)), -EINVAL);
    assert_string_equal(name, "n");
    assert_int_equal(service_check_fields(outer, NULL, name, sizeof(name)), 0);
    assert_int_equal(service_check_fields(NULL, NULL, name, sizeof(name)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_service_interface),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_no_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
