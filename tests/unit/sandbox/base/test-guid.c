/* Which texts are guids: they become file names. */
#include "sandbox/base/guid.h"

#include "unit/helpers/sandbox/fixture.h"

static void test_a_guid(void **state)
{
    (void)state;
    assert_true(guid_valid(GUID));
    assert_true(guid_valid("01234567-89ab-cdef-0123-456789abcdef"));
}

static void test_no_guids(void **state)
{
    static const char *const texts[] = {
        "",
        "11111111-2222-4333-8444-55555555555",  /* one digit less */
        GUID "5",                               /* one more */
        "1111111A-2222-4333-8444-555555555555", /* upper case */
        "1111111g-2222-4333-8444-555555555555", /* no digit */
        "111111112-222-4333-8444-555555555555", /* a hyphen elsewhere */
        "11111111022220433308444a555555555555", /* no hyphen */
        "../../../../../../../../../../etc/pa",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++)
        assert_false(guid_valid(texts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_guid),
        cmocka_unit_test(test_no_guids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
