/* The presets: every fault of each is one that can be set. */
#include "sandbox/faults/preset.h"

#include "unit/helpers/sandbox/faults.h"

#include <errno.h>
#include <string.h>

static void test_rows(void **state)
{
    size_t n = 0;

    (void)state;
    for (; preset_at(n); n++) {
        const struct preset *preset = preset_at(n);
        size_t i = 0;

        /* the first of its name, so that no other row hides it */
        assert_ptr_equal(preset_find(preset->name), preset);
        assert_non_null(preset->help);
        for (; i < PRESET_LIMIT && preset->faults[i].endpoint; i++)
            assert_int_equal(
                check_fault(preset->faults[i].endpoint, preset->faults[i].kind, preset->faults[i].value), 0);
        assert_in_range(i, 1, PRESET_LIMIT - 1);
    }
    assert_true(n >= 4);
    assert_null(preset_find("nothing"));
}

static void test_switching_on(void **state)
{
    const struct preset *preset = preset_find("foundriesio");
    struct fault fault = { .kind = fault_kind_find("drop"), .endpoint = "all" };
    struct fault_set faults;

    assert_int_equal(fault_switch_on(*state, &fault), 0);
    assert_int_equal(preset_switch_on(*state, preset->name), 0);
    assert_int_equal(fault_take(*state, "csrattrs", NULL, &faults), 0);
    assert_string_equal(faults.faults[0].kind->name, "drop");
    assert_string_equal(faults.faults[1].kind->name, "needs");
    assert_string_equal(faults.faults[faults.n - 1].kind->name, "status");
    assert_string_equal(faults.faults[faults.n - 1].value, "404");
    fault_set_done(&faults);
    assert_int_equal(preset_switch_on(*state, "nothing"), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test_setup_teardown(test_switching_on, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
