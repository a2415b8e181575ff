/* Counts as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/count-text.h"
#include "common/memory.h"

static void test_counts(void **state)
{
    static const struct {
        int64_t count;
        const char *unit, *text;
    } cases[] = {
        { 0, "hour", "0 hours" },
        { 1, "hour", "1 hour" },
        { 2, "hour", "2 hours" },
        { 11, "day", "11 days" },
        { 21, "step", "21 steps" },
        { -1, "byte", "-1 bytes" },
        { INT64_MAX, "character", "9223372036854775807 characters" },
        { INT64_MIN, "character", "-9223372036854775808 characters" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(count_text(cases[i].count, cases[i].unit).text, cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
