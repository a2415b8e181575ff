/* The words of the state: state files and clients know them, so they stay the same for ever. */
#include "daemon/state/names.h"

#include "unit/helpers/daemon/fixture.h"

static void check_names(const char *const *names, const char *expected)
{
    char text[256] = "";

    for (; *names; names++) {
        strcat(text, *names);
        strcat(text, " ");
    }
    assert_string_equal(text, expected);
}

static void test_names(void **state)
{
    (void)state;
    check_names(state_names, "unregistered registering registered deregistering ");
    check_names(operation_names, "register deregister refresh renew ");
    check_names(step_names,
        "key context activation trust rekey certificate confirm delete refresh renewal-key "
        "renewal-trust renewal-certificate renewal-proof ");
}

static void test_places(void **state)
{
    (void)state;
    assert_string_equal(state_names[STATE_UNREGISTERED], "unregistered");
    assert_string_equal(state_names[STATE_REGISTERING], "registering");
    assert_string_equal(state_names[STATE_REGISTERED], "registered");
    assert_string_equal(state_names[STATE_DEREGISTERING], "deregistering");
    assert_string_equal(operation_names[OPERATION_REGISTER], "register");
    assert_string_equal(operation_names[OPERATION_DEREGISTER], "deregister");
    assert_string_equal(operation_names[OPERATION_REFRESH], "refresh");
    assert_string_equal(operation_names[OPERATION_RENEW], "renew");
    assert_null(operation_names[OPERATION_NONE]);
}

/* A renewal goes on beside the registration, with a step of its own. */
static void test_step_members(void **state)
{
    (void)state;
    assert_string_equal(step_member(OPERATION_REGISTER), "step");
    assert_string_equal(step_member(OPERATION_DEREGISTER), "step");
    assert_string_equal(step_member(OPERATION_REFRESH), "step");
    assert_string_equal(step_member(OPERATION_RENEW), "renewalStep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_step_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
