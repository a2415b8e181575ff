/* Mistyped names, near and far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/mistyped.h"

static void test_distance(void **state)
{
    static const struct {
        const char *typed, *name;
        int distance; /* MISTYPED_FAR: it is not near */
    } cases[] = {
        { "status", "status", 0 },
        { "STATUS", "status", 0 },
        { "comit", "commit", 1 },
        { "committ", "commit", 1 },
        { "comnit", "commit", 1 },
        { "stauts", "status", 2 },
        { "sttuas", "status", 2 },
        { "x", "status", MISTYPED_FAR },
        { "", "status", MISTYPED_FAR },
        { "timer", "status", MISTYPED_FAR },
        /* A short name needs letters that are right. */
        { "ab", "abc", 1 },
        { "a", "abc", MISTYPED_FAR },
        { "a", "b", MISTYPED_FAR },
        { "max_connection_per_uid", "max_connections_per_uid", 1 },
        { "0123456789012345678901234", "0123456789012345678901234", MISTYPED_FAR },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        int distance = MISTYPED_FAR;

        print_message("%s\n", cases[i].typed);
        assert_int_equal(
            mistyped_is_nearer(cases[i].typed, cases[i].name, &distance), cases[i].distance < MISTYPED_FAR);
        assert_int_equal(distance, cases[i].distance);
    }
}

static void test_the_first_of_equals_stays(void **state)
{
    int distance = MISTYPED_FAR;

    (void)state;
    assert_true(mistyped_is_nearer("server", "servers", &distance));
    assert_false(mistyped_is_nearer("server", "serverx", &distance));
    assert_true(mistyped_is_nearer("server", "server", &distance));
    assert_int_equal(distance, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_the_first_of_equals_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
