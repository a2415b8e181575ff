/* Links that run a command of the console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/console/link.h"

static void test_links(void **state)
{
    (void)state;
    assert_string_equal(link_find("/usr/bin/cloudserviceconfig")->name, "cloudserviceconfig");
    assert_string_equal(link_find("threatresponseconfig")->name, "threatresponseconfig");
    assert_null(link_find("/usr/bin/trctl"));
    assert_null(link_find("/usr/bin/commit"));
    assert_null(link_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
