/* Names of users, known and unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/user-name.h"

static void test_names(void **state)
{
    char name[32];

    (void)state;
    assert_ptr_equal(user_name_get(0, name, sizeof(name)), name);
    assert_string_equal(name, "root");
    /* uid 1 is Debian's daemon. */
    assert_string_equal(user_name_get(1, name, sizeof(name)), "daemon");
    assert_string_equal(user_name_get(4000000000, name, sizeof(name)), "uid 4000000000");
}

static void test_cut(void **state)
{
    char name[5];

    (void)state;
    assert_string_equal(user_name_get(1, name, sizeof(name)), "daem");
    assert_string_equal(user_name_get(4000000000, name, sizeof(name)), "uid ");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_cut) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
