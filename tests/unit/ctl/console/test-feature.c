/* The choices of threatresponseconfig: the feature as it would be after the caller's commit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "ctl/console/feature.h"
#include "unit/helpers/choices.h"

static void test_choices(void **state)
{
    struct tr_candidate staged = { .uid = (int64_t)geteuid() };
    const struct tr_candidate *const candidates[] = { &staged };
    struct tr_status status = { .enabled = true };

    (void)state;
    check_choices(feature_choices, &status, "DISABLE");
    status.enabled = false;
    check_choices(feature_choices, &status, "ENABLE");

    /* The caller's staged setting counts; that of another user doesn't. */
    status.staged = candidates;
    status.n_staged = 1;
    check_choices(feature_choices, &status, "ENABLE");
    staged.has_enabled = staged.enabled = true;
    check_choices(feature_choices, &status, "DISABLE");
    staged.uid++;
    check_choices(feature_choices, &status, "ENABLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_choices) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
