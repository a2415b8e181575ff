/* Strict JSON: rejects what json-c takes and JSON does not; getters; erasing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"

static json_object *parse(const char *text)
{
    json_object *object = NULL;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}

static void test_good(void **state)
{
    static const struct {
        const char *text, *again;
    } cases[] = {
        { "{}", "{}" },
        { " \t\r\n{ } \t\r\n", "{}" },
        { "{\"a\":null,\"b\":true,\"c\":false}", "{\"a\":null,\"b\":true,\"c\":false}" },
        { "{\"a\":0,\"b\":-0,\"c\":-7,\"d\":10}", "{\"a\":0,\"b\":0,\"c\":-7,\"d\":10}" },
        { "{\"a\":1.5,\"b\":1E5,\"c\":0e+1,\"d\":-0.1e-2}",
            "{\"a\":1.5,\"b\":1E5,\"c\":0e+1,\"d\":-0.1e-2}" },
        { "{\"a\":[],\"b\":[1,[2]],\"c\":{\"a\":{}}}", "{\"a\":[],\"b\":[1,[2]],\"c\":{\"a\":{}}}" },
        { "{\"\":\"\"}", "{\"\":\"\"}" },
        { "{\"a:b\":\"c:d,{}[]\"}", "{\"a:b\":\"c:d,{}[]\"}" },
        { "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\"}" },
        { "{\"a\":\"\\\\u0000\"}", "{\"a\":\"\\\\u0000\"}" },
        { "{\"a\":\"\\u0041\\u00e9\\ud83d\\ude00\"}", "{\"a\":\"A\xc3\xa9\xf0\x9f\x98\x80\"}" },
        { "{\"a\":9223372036854775807}", "{\"a\":9223372036854775807}" },
        { "{\"a\":-9223372036854775808}", "{\"a\":-9223372036854775808}" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_json_ json_object *object = parse(cases[i].text);
        size_t size;
        assert_string_equal(json_text(object, &size), cases[i].again);
        assert_int_equal(size, strlen(cases[i].again));
    }
}

static void check_refused(const char *const *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_object *object = NULL;

        print_message("case %zu\n", i);
        assert_int_equal(json_parse(cases[i], strlen(cases[i]), &object), -EBADMSG);
        assert_null(object);
    }
}

/* Anything but one object. */
static void test_refused_no_object(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "null",
        "true",
        "1",
        "\"a\"",
        "[]",
        "[{}]",
        "{}{}",
        "{} x",
        "{},",
        "\xef\xbb\xbf{}",
    };

    (void)state;
    check_refused(cases, ELEMENTS(cases));
}

/* Unfinished. */
static void test_refused_unfinished(void **state)
{
    static const char *const cases[] = {
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":[",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "{\"a\":\"\\u00",
        "}",
    };

    (void)state;
    check_refused(cases, ELEMENTS(cases));
}

/* Texts that json-c's strict mode accepts. */
static void test_refused_lax(void **state)
{
    static const char *const cases[] = {
        "{'a':1}",
        "{\"a\":'b'}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-Infinity}",
        "{\"a\":nan}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":[{\"b\":1,\"\\u0062\":1}]}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\\u0000\":1}",
        "{\"a\":\"x\\u0000y\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\x01\"}",
    };

    (void)state;
    check_refused(cases, ELEMENTS(cases));
}

/* Numbers. */
static void test_refused_numbers(void **state)
{
    static const char *const cases[] = {
        "{\"a\":01}",
        "{\"a\":-01}",
        "{\"a\":00}",
        "{\"a\":01.5}",
        "{\"a\":1.}",
        "{\"a\":1.e5}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":-}",
        "{\"a\":--1}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":1.5.5}",
        "{\"a\":0x10}",
        "{\"a\":1-2}",
        "{\"a\":1 2}",
    };

    (void)state;
    check_refused(cases, ELEMENTS(cases));
}

/* Words. */
static void test_refused_words(void **state)
{
    static const char *const cases[] = {
        "{\"a\":True}",
        "{\"a\":tru}",
        "{\"a\":truee}",
        "{\"a\":nan}",
        "{\"a\":nulls}",
        "{\"a\":NULL}",
        "{\"a\":undefined}",
    };

    (void)state;
    check_refused(cases, ELEMENTS(cases));
}

/* Punctuation and comments. */
static void test_refused_punctuation(void **state)
{
    static const char *const cases[] = {
        "{\"a\":1,}",
        "{\"a\":[1,]}",
        "{\"a\":[1, ]}",
        "{\"a\":{\"b\":1,\n}}",
        "{,}",
        "{\"a\" 1}",
        "{a:1}",
        "{1:1}",
        "{\"a\":}",
        "{\"a\"::1}",
        "{:}",
        "{}/**/",
        "{\"a\":1/**/}",
        "{\"a\":1}//",
        "{\"a\":\"\\x41\"}",
        "{\"a\":\"\\u00zz\"}",
        "{\"a\":\"\\'\"}",
    };

    (void)state;
    check_refused(cases, ELEMENTS(cases));
}

/* UTF-8. */
static void test_refused_utf8(void **state)
{
    static const char *const cases[] = {
        "{\"a\":\"\x80\"}",
        "{\"a\":\"caf\xe9\"}",
        "{\"a\":\"\xc3\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\xf4\x90\x80\x80\"}",
        "{\"\xff\":1}",
    };

    (void)state;
    check_refused(cases, ELEMENTS(cases));
}

/* A NUL within the text is an error, not its end. */
static void test_refused_nul(void **state)
{
    json_object *object = NULL;

    (void)state;
    assert_int_equal(json_parse("{}\0", 3, &object), -EBADMSG);
    assert_int_equal(json_parse("{\0}", 3, &object), -EBADMSG);
    assert_int_equal(json_parse("{\"a\":\"\0\"}", 9, &object), -EBADMSG);
    assert_null(object);
}

static void test_depth(void **state)
{
    char text[256];

    (void)state;
    for (size_t depth = 1; depth <= 2 * JSON_DEPTH_MAX; depth++) {
        _cleanup_json_ json_object *object = NULL;
        char *end = text;

        for (size_t i = 0; i + 1 < depth; i++)
            end = stpcpy(end, "{\"a\":");
        end = stpcpy(end, "{}");
        for (size_t i = 0; i + 1 < depth; i++)
            end = stpcpy(end, "}");
        int expected = depth <= JSON_DEPTH_MAX ? 0 : -EBADMSG;
        assert_int_equal(json_parse(text, (size_t)(end - text), &object), expected);
    }
}

/* Only size bytes are read. */
static void test_size(void **state)
{
    _cleanup_json_ json_object *object = NULL;

    (void)state;
    assert_int_equal(json_parse("{\"a\":12}x", 8, &object), 0);
    assert_int_equal(json_get_int(object, "a", 0), 12);
}

static void test_getters(void **state)
{
    _cleanup_json_ json_object *object =
        parse("{\"s\":\"text\",\"i\":-5,\"b\":true,\"o\":{\"x\":1},\"a\":[1,2],\"n\":null,\"d\":1.5,"
              "\"big\":18446744073709551615}");

    (void)state;
    assert_string_equal(json_get_string(object, "s"), "text");
    assert_null(json_get_string(object, "i"));
    assert_null(json_get_string(object, "n"));
    assert_null(json_get_string(object, "missing"));
    assert_null(json_get_string(NULL, "s"));
    assert_null(json_get_string(json_get_array(object, "a"), "s"));
    assert_int_equal(json_get_int(object, "i", 7), -5);
    assert_int_equal(json_get_int(object, "s", 7), 7);
    assert_int_equal(json_get_int(object, "d", 7), 7);
    assert_int_equal(json_get_int(object, "b", 7), 7);
    assert_int_equal(json_get_int(object, "missing", -7), -7);
    assert_int_equal(json_get_int(NULL, "i", 7), 7);
    assert_true(json_get_int(object, "big", 7) == INT64_MAX);
    assert_true(json_get_bool(object, "b", false));
    assert_true(json_get_bool(object, "i", true));
    assert_false(json_get_bool(object, "missing", false));
    assert_int_equal(json_get_int(json_get_object(object, "o"), "x", 0), 1);
    assert_null(json_get_object(object, "a"));
    assert_null(json_get_object(object, "n"));
    assert_int_equal(json_object_array_length(json_get_array(object, "a")), 2);
    assert_null(json_get_array(object, "o"));
}

static void test_adding(void **state)
{
    _cleanup_json_ json_object *object = json_object_new_object();

    (void)state;
    assert_int_equal(json_add_string(object, "s", "a\"b/c"), 0);
    assert_int_equal(json_add_string(object, "none", NULL), 0);
    assert_int_equal(json_add_int(object, "i", INT64_MIN), 0);
    assert_int_equal(json_add_bool(object, "b", false), 0);
    assert_int_equal(json_add(object, "o", json_object_new_object()), 0);
    assert_int_equal(json_add(object, "none", NULL), 0);
    assert_string_equal(
        json_text(object, NULL), "{\"s\":\"a\\\"b/c\",\"i\":-9223372036854775808,\"b\":false,\"o\":{}}");
}

/* The buffer has room for the whole text, with all escapes of json-c, before it is written. */
static void test_text_of_anything(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\":\"\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\"}",
        "{\"a\":[],\"b\":[[[{}]]],\"c\":[null,true,false,-9223372036854775808,1.7976931348623157e308,\"\"]}",
        "{\"\u00fc\":\"\u20ac\U0001f512\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_object *object, *again;
        size_t size;

        assert_int_equal(json_parse(texts[i], strlen(texts[i]), &object), 0);
        assert_int_equal(json_parse(texts[i], strlen(texts[i]), &again), 0);
        const char *plain =
            json_object_to_json_string_ext(again, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        assert_string_equal(json_text(object, &size), plain);
        assert_int_equal(size, strlen(plain));
        /* Again, into the same buffer. */
        assert_string_equal(json_text(object, &size), plain);
        json_object_put(object);
        json_object_put(again);
    }
}

static void test_erasing(void **state)
{
    _cleanup_json_ json_object *object = parse("{\"a\":[{\"secret\":\"0123456789\"}],\"b\":\"abc\"}");
    json_object *deep = json_object_get(json_object_array_get_idx(json_get_array(object, "a"), 0));
    json_object *flat = json_object_get(json_object_object_get(object, "b"));
    size_t size;

    (void)state;
    const char *text = json_text(object, &size);
    json_erase_text(text, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(text[i], 0);

    /* The test keeps references to see what happens to the strings. */
    object = json_put_erased(object);
    assert_null(object);
    assert_memory_equal(json_get_string(deep, "secret"), "\0\0\0\0\0\0\0\0\0\0", 10);
    assert_memory_equal(json_object_get_string(flat), "\0\0\0", 3);
    json_object_put(deep);
    json_object_put(flat);
    assert_null(json_put_erased(NULL));
}

/* All values count, however deep they are; keys and text in strings do not. */
static void test_limited(void **state)
{
    static const char text[] =
        "{\"a\":[{},[[]],{\"b\":{},\"c\":null}],\"d\":\"{[{,1[{[\",\"e\":[true,false,-1.5e3]}";
    json_object *object = NULL;

    (void)state;
    assert_int_equal(json_parse_limited(text, strlen(text), 12, &object), -EBADMSG);
    assert_null(object);
    assert_int_equal(json_parse_limited(text, strlen(text), 13, &object), 0);
    json_object_put(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_refused_no_object),
        cmocka_unit_test(test_refused_unfinished),
        cmocka_unit_test(test_refused_lax),
        cmocka_unit_test(test_refused_numbers),
        cmocka_unit_test(test_refused_words),
        cmocka_unit_test(test_refused_punctuation),
        cmocka_unit_test(test_refused_utf8),
        cmocka_unit_test(test_refused_nul),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_limited),
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_adding),
        cmocka_unit_test(test_text_of_anything),
        cmocka_unit_test(test_erasing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
