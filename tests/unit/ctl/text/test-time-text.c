/* Times as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "ctl/text/time-text.h"

static void test_times(void **state)
{
    static const struct {
        int64_t time;
        const char *text, *gmt;
    } cases[] = {
        { 0, "1970-01-01 00:00:00 UTC", "Thu Jan  1 00:00:00 1970 GMT" },
        { 1542621875, "2018-11-19 10:04:35 UTC", "Mon Nov 19 10:04:35 2018 GMT" },
        { 1795571312, "2026-11-25 01:48:32 UTC", "Wed Nov 25 01:48:32 2026 GMT" },
        { 951782399, "2000-02-28 23:59:59 UTC", "Mon Feb 28 23:59:59 2000 GMT" },
        { 951782400, "2000-02-29 00:00:00 UTC", "Tue Feb 29 00:00:00 2000 GMT" },
        { 1709251199, "2024-02-29 23:59:59 UTC", "Thu Feb 29 23:59:59 2024 GMT" },
        { 1709251200, "2024-03-01 00:00:00 UTC", "Fri Mar  1 00:00:00 2024 GMT" },
        { 4107542400, "2100-03-01 00:00:00 UTC", "Mon Mar  1 00:00:00 2100 GMT" },
        { 4107542399, "2100-02-28 23:59:59 UTC", "Sun Feb 28 23:59:59 2100 GMT" },
        { 1798761599, "2026-12-31 23:59:59 UTC", "Thu Dec 31 23:59:59 2026 GMT" },
        { 253402300799, "9999-12-31 23:59:59 UTC", "Fri Dec 31 23:59:59 9999 GMT" },
        { 253402300800, "253402300800", "253402300800" },
        { -1, "-1", "-1" },
        { INT64_MIN, "-9223372036854775808", "-9223372036854775808" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_string_equal(time_text_utc(cases[i].time).text, cases[i].text);
        assert_string_equal(time_text_gmt(cases[i].time).text, cases[i].gmt);
    }
}

static void test_relative(void **state)
{
    const int64_t now = 1795571312;
    static const struct {
        int64_t ahead;
        const char *text;
    } cases[] = {
        { 0, "2026-11-25 01:48:32 UTC (now)" },
        { 1, "2026-11-25 01:48:33 UTC (in 1 s)" },
        { 59, "2026-11-25 01:49:31 UTC (in 59 s)" },
        { 60, "2026-11-25 01:49:32 UTC (in 1 min)" },
        { 239, "2026-11-25 01:52:31 UTC (in 3 min)" },
        { -3599, "2026-11-25 00:48:33 UTC (59 min ago)" },
        { -3600, "2026-11-25 00:48:32 UTC (1 h ago)" },
        { 172799, "2026-11-27 01:48:31 UTC (in 47 h)" },
        { 172800, "2026-11-27 01:48:32 UTC (in 2 days)" },
        { -31536000, "2025-11-25 01:48:32 UTC (365 days ago)" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(time_text_relative(now + cases[i].ahead, now).text, cases[i].text);
    assert_string_equal(time_text_relative(INT64_MAX, now).text, "9223372036854775807");
    assert_string_equal(time_text_relative(INT64_MIN, now).text, "-9223372036854775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_relative),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
