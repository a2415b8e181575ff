/* Numbers and escapes that json-c would change without a word, at the edges of what it keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json-scan.h"
#include "common/json.h"

#define DIGITS_100                                                                                           \
    "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"

static int scan(const char *text)
{
    size_t members;

    return json_scan(text, strlen(text), SIZE_MAX, false, &members);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *number;
        bool kept;
    } cases[] = {
        { "9223372036854775807", true },
        { "9223372036854775808", true },
        { "18446744073709551614", true },
        { "18446744073709551615", true },
        { "18446744073709551616", false },
        { "99999999999999999999", false },
        { "123456789012345678901234567890", false },
        { "-9223372036854775807", true },
        { "-9223372036854775808", true },
        { "-9223372036854775809", false },
        { "-18446744073709551615", false },
        { "-99999999999999999999", false },
        { "1e307", true },
        { "1e308", true },
        { "1.7976931348623157e308", true },
        { "1.7976931348623159e308", false },
        { "2e308", false },
        { "1e309", false },
        { "1e999", false },
        { "1e+0000307", true },
        { "-1E400", false },
        { "10e306", true },
        { "10e307", true },
        { "10e308", false },
        { "0.5e307", true },
        { "1e-307", true },
        { "1e-999", true },
        { DIGITS_100 DIGITS_100 DIGITS_100 ".5", true },
        { DIGITS_100 DIGITS_100 DIGITS_100 "12345678.5", true },
        { DIGITS_100 DIGITS_100 DIGITS_100 "123456789.5", false },
        { "18446744073709551616.0", true },
        { "1e18446744073709551616", false },
    };
    char text[400];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_json_ json_object *object = NULL;

        snprintf(text, sizeof(text), "{\"a\":%s}", cases[i].number);
        print_message("%s\n", text);
        assert_int_equal(scan(text), cases[i].kept ? 0 : -EBADMSG);
        assert_int_equal(json_parse(text, strlen(text), &object), cases[i].kept ? 0 : -EBADMSG);
        if (cases[i].kept)
            assert_string_equal(json_text(object, NULL), text);
        /* Answers of others are read whatever their numbers. */
        _cleanup_json_ json_object *answer = NULL;
        assert_int_equal(json_parse_answer(text, strlen(text), SIZE_MAX, &answer), 0);
    }
    _cleanup_json_ json_object *none = NULL;
    assert_int_equal(json_parse_answer("{\"a\":01}", 8, SIZE_MAX, &none), -EBADMSG);
    assert_int_equal(json_parse_answer("{\"a\":[1,2]}", 11, 3, &none), -EBADMSG);
}

static void test_escapes(void **state)
{
    static const struct {
        const char *string;
        bool kept;
    } cases[] = {
        { "\\ud83d\\ude00", true },
        { "\\uD83D\\uDE00x", true },
        { "\\ud800\\udc00", true },
        { "\\udbff\\udfff", true },
        { "\\ud7ff", true },
        { "\\ue000", true },
        { "\\ud800", false },
        { "\\udbffx", false },
        { "\\udc00", false },
        { "\\udfff", false },
        { "\\ude00\\ud83d", false },
        { "\\ud83d\\ud83d", false },
        { "\\ud800\\udbff", false },
        { "\\ud800\\ue000", false },
        { "\\ud83d\\n", false },
        { "\\ud83d\\u0041", false },
        { "\\ud83d\\ude0", false },
        { "\\u0001", true },
        { "\\u0000", false },
        { "\\u000", false },
        { "\\u00g0", false },
        { "\\", false },
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_json_ json_object *object = NULL;

        snprintf(text, sizeof(text), "{\"a\":\"%s\"}", cases[i].string);
        print_message("%s\n", text);
        assert_int_equal(json_parse(text, strlen(text), &object), cases[i].kept ? 0 : -EBADMSG);
        /* A name is also a string. */
        snprintf(text, sizeof(text), "{\"%s\":1}", cases[i].string);
        object = json_put_erased(object);
        assert_int_equal(json_parse(text, strlen(text), &object), cases[i].kept ? 0 : -EBADMSG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_numbers), cmocka_unit_test(test_escapes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
