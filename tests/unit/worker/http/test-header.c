#include "worker/http/header.h"

#include "unit/helpers/test-certificates.h"

#define NOW ((time_t)784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */

static void test_retry_after(void **state)
{
    static const struct {
        const char *value;
        int64_t seconds;
    } cases[] = {
        { "0", 0 },
        { "5", 5 },
        { "120", 120 },
        { "3172s", 3172 },
        { "86400", 86400 },
        { "86401", 86400 },
        { "99999999999999999999999999", 86400 },
        { "-1", -1 },
        { "", -1 },
        { "soon", -1 },
        { "5 minutes", -1 },
        { "1.5", -1 },
        { "0x10", -1 },
        { "Sun, 06 Nov 1994 08:49:47 GMT", 10 },
        { "Sunday, 06-Nov-94 08:50:37 GMT", 60 },
        { "Sun Nov  6 08:49:37 1994", 0 },
        { "Sun, 06 Nov 1994 08:00:00 GMT", 0 },
        { "Thu, 01 Jan 2099 00:00:00 GMT", 86400 },
        { "Thu, 99 Jan 2099 00:00:00 GMT", -1 },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        if (header_retry_after(cases[i].value, NOW) != cases[i].seconds)
            fail_msg("\"%s\" gives %lld", cases[i].value, (long long)header_retry_after(cases[i].value, NOW));
}

static void test_date(void **state)
{
    time_t t = 0;

    (void)state;
    assert_true(header_date("Sun, 06 Nov 1994 08:49:37 GMT", &t));
    assert_int_equal(t, NOW);
    assert_false(header_date("", &t));
    assert_false(header_date("784111777", &t));
    assert_false(header_date("yesterday", &t));
}

static void test_value(void **state)
{
    char value[8] = "";

    (void)state;
    assert_true(header_value("date:  x y \r\n", 13, "Date", value, sizeof(value)));
    assert_string_equal(value, "x y");
    assert_true(header_value("DATE:\r\n", 7, "Date", value, sizeof(value)));
    assert_string_equal(value, "");
    assert_true(header_value("Date: 0123456789\r\n", 18, "Date", value, sizeof(value)));
    assert_string_equal(value, "0123456");
    assert_false(header_value("Dates: x\r\n", 10, "Date", value, sizeof(value)));
    assert_false(header_value("Dat", 3, "Date", value, sizeof(value)));
    assert_false(header_value("X-Date: x\r\n", 11, "Date", value, sizeof(value)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
