/* Settings as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ctl/text/settings-text.h"

static void test_settings(void **state)
{
    char label[100];

    (void)state;
    assert_string_equal(settings_text(true, true, NULL).text, "enabled");
    assert_string_equal(settings_text(true, false, "EUROPE").text, "disabled, server EUROPE");
    assert_string_equal(settings_text(false, true, "EUROPE").text, "server EUROPE");
    assert_string_equal(settings_text(false, false, NULL).text, "");

    memset(label, 'x', sizeof(label));
    label[sizeof(label) - 1] = 0;
    assert_int_equal(strlen(settings_text(true, false, label).text), strlen("disabled, server ") + 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
