/* The choices of cloudserviceconfig in each state of the appliance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "ctl/console/cloud.h"
#include "unit/helpers/choices.h"

static void test_choices(void **state)
{
    static const struct {
        enum tr_state state;
        bool enabled;
        const char *choices;
    } cases[] = {
        { TR_STATE_UNREGISTERED, true, "REGISTER SETTRS" },
        { TR_STATE_UNREGISTERED, false, "SETTRS" },
        { TR_STATE_REGISTERING, true, "CANCEL SETTRS" },
        { TR_STATE_REGISTERING, false, "CANCEL SETTRS" },
        { TR_STATE_REGISTERED, true, "DEREGISTER SETTRS" },
        { TR_STATE_REGISTERED, false, "SETTRS" },
        { TR_STATE_DEREGISTERING, true, "CANCEL SETTRS" },
        { TR_STATE_DEREGISTERING, false, "CANCEL SETTRS" },
        { TR_STATE_OTHER, true, "SETTRS" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct tr_registration registration = { .state = cases[i].state };
        const struct tr_status status = { .enabled = cases[i].enabled, .registration = &registration };

        check_choices(cloud_choices, &status, cases[i].choices);
    }
}

/* Staged settings are not active: they change no choice. */
static void test_staged(void **state)
{
    const struct tr_registration registration = { .state = TR_STATE_UNREGISTERED };
    const struct tr_candidate staged = { .uid = (int64_t)geteuid(), .has_enabled = true, .enabled = true };
    const struct tr_candidate *const candidates[] = { &staged };
    const struct tr_status status = { .registration = &registration, .staged = candidates, .n_staged = 1 };

    (void)state;
    check_choices(cloud_choices, &status, "SETTRS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_staged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
