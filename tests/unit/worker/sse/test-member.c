#include "worker/sse/member.h"

#include "unit/helpers/test-certificates.h"

static json_object *parse(const char *text)
{
    json_object *object;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}

static void test_text(void **state)
{
    _cleanup_json_ json_object *object =
        parse("{\"a\":\"abc\",\"b\":\"a\\u007fb\",\"c\":7,\"d\":\"\",\"e\":null}");

    (void)state;
    assert_string_equal(member_text(object, "a", 3), "abc");
    assert_null(member_text(object, "a", 2));
    assert_null(member_text(object, "b", 3));
    assert_null(member_text(object, "c", 3));
    assert_null(member_text(object, "d", 3));
    assert_null(member_text(object, "e", 3));
    assert_null(member_text(object, "f", 3));
    assert_null(member_text(NULL, "a", 3));
}

/* Only a member that says something and can't be used is noted. */
static void test_left_out(void **state)
{
    _cleanup_json_ json_object *object = parse("{\"a\":\"abc\",\"b\":7,\"c\":\"\",\"d\":null,\"e\":\"x\"}");
    struct left_out left_out = { 0 };
    int64_t number = 5;

    (void)state;
    assert_string_equal(member_optional_text(object, "a", 3, "o.a", &left_out), "abc");
    assert_null(member_optional_text(object, "c", 3, "o.c", &left_out));
    assert_null(member_optional_text(object, "d", 3, "o.d", &left_out));
    assert_false(member_optional_number(object, "c", 0, 9, "o.c", &left_out, &number));
    assert_false(member_optional_number(object, "f", 0, 9, "o.f", &left_out, &number));
    assert_string_equal(left_out.names, "");
    assert_null(member_optional_text(object, "b", 3, "o.b", &left_out));
    assert_false(member_optional_number(object, "e", 0, 9, "o.e", &left_out, &number));
    assert_string_equal(left_out.names, "o.b, o.e");
    assert_int_equal(number, 5);
    for (int i = 0; i < 100; i++)
        left_out_add(&left_out, "again");
    assert_true(strlen(left_out.names) < sizeof(left_out.names));
}

static void test_number_limits(void **state)
{
    _cleanup_json_ json_object *object = parse("{\"n\":\"10\"}");
    struct left_out left_out = { 0 };
    int64_t number = 0;

    (void)state;
    assert_true(member_optional_number(object, "n", 10, 10, "n", &left_out, &number));
    assert_int_equal(number, 10);
    assert_false(member_optional_number(object, "n", 11, 20, "n", &left_out, &number));
    assert_false(member_optional_number(object, "n", 0, 9, "n", &left_out, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_number_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
