/* Printed lines, in which foreign text is escaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ctl/text/output.h"
#include "unit/helpers/text-stream.h"

static void test_lines(void **state)
{
    struct text_stream out;

    (void)state;
    text_stream_open(&out);
    output_line(out.stream, "%s", "a\033[2Jb\nc\rd\x7f\xc2\x9b\xff\xc3\xa4");
    text_stream_check(&out, "a\\x1b[2Jb\\x0ac\\x0dd\\x7f\\xc2\\x9b\\xff\xc3\xa4\n");
    output_line(out.stream, "%s",
        "\xe2\x80\xae"
        "a\xd8\x9c\xe2\x81\xa9\xe2\x80\x93");
    text_stream_check(&out, "\\xe2\\x80\\xaea\\xd8\\x9c\\xe2\\x81\\xa9\xe2\x80\x93\n");
    output_field(out.stream, "Label", "%s\n%d", "x\ty", 5);
    text_stream_check(&out, "Label           x\\x09y\\x0a5\n");
    text_stream_close(&out);
}

static void test_several_lines(void **state)
{
    struct text_stream out;

    (void)state;
    text_stream_open(&out);
    output_lines(out.stream, "");
    text_stream_check(&out, "");
    output_lines(out.stream, "one\n\ntw\ro\n");
    text_stream_check(&out, "one\n\ntw\\x0do\n");
    output_lines(out.stream, "without an end");
    text_stream_check(&out, "without an end\n");
    text_stream_close(&out);
}

static void test_long_line(void **state)
{
    static char text[3 * OUTPUT_LINE_MAX];
    struct text_stream out;

    (void)state;
    memset(text, '\033', sizeof(text) - 1);
    text_stream_open(&out);
    output_line(out.stream, "%s", text);
    assert_int_equal(fflush(out.stream), 0);
    assert_in_range(out.size, OUTPUT_LINE_MAX, 4 * OUTPUT_LINE_MAX);
    assert_null(memchr(out.text, '\033', out.size));
    assert_int_equal(out.text[out.size - 1], '\n');
    text_stream_close(&out);
}

static void test_json(void **state)
{
    struct text_stream out;

    (void)state;
    text_stream_open(&out);
    output_json(out.stream, "{\"a\":\"\\u001b \xc2\x9b \x7f \xc3\xa4 \xc2\xa0\"}");
    text_stream_check(&out, "{\"a\":\"\\u001b \\u009b \\u007f \xc3\xa4 \xc2\xa0\"}\n");
    output_json(out.stream, "{\"a\":\"\xd8\x9c\xe2\x80\x8e\xe2\x80\xae\xe2\x81\xa9\xe2\x80\x93\"}");
    text_stream_check(&out, "{\"a\":\"\\u061c\\u200e\\u202e\\u2069\xe2\x80\x93\"}\n");
    text_stream_close(&out);
}

static void test_text_of_a_reply(void **state)
{
    json_object *reply = json_object_new_object();

    (void)state;
    json_object_object_add(reply, "text", json_object_new_string("value"));
    json_object_object_add(reply, "number", json_object_new_int(1));
    assert_string_equal(output_get_text(reply, "text"), "value");
    assert_string_equal(output_get_text(reply, "number"), "?");
    assert_string_equal(output_get_text(reply, "missing"), "?");
    assert_string_equal(output_get_text(NULL, "text"), "?");
    json_object_put(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_several_lines),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_text_of_a_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
