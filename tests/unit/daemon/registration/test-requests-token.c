/* Which tokens are taken: their length, and each character that there is. */
#include "daemon/registration/requests.h"
#include "unit/helpers/daemon/appliance.h"

static int set_up(void **state)
{
    appliance_set_up(state);
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GenerateKey", SILENCE });
    appliance_start(a, DOCUMENT(ENABLED_EUROPE, "unregistered", ""), "");
    return 0;
}

/* Registers with the token, and takes that back. */
static bool is_taken(struct appliance *a, const char *token)
{
    enum operation operation;
    struct refusal refusal;
    bool taken = registration_register(registration_of(a), &root_requester, token, &refusal);

    if (taken)
        assert_true(registration_cancel(registration_of(a), &root_requester, &operation, &refusal));
    else
        assert_int_equal(refusal.reason, REASON_TOKEN_MALFORMED);
    appliance_check_state(a, "unregistered");
    return taken;
}

static void test_length(void **state)
{
    static const struct {
        size_t length;
        bool taken;
    } cases[] = { { 0, false }, { 1, false }, { 15, false }, { 16, true }, { 17, true }, { 511, true },
        { 512, true }, { 513, false }, { 4096, false } };
    char token[4097];

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        memset(token, 't', cases[i].length);
        token[cases[i].length] = 0;
        print_message("%zu\n", cases[i].length);
        assert_int_equal(is_taken(*state, token), cases[i].taken);
    }
}

static void test_characters(void **state)
{
    char token[] = "0123456789abcdef";

    for (int c = 1; c < 256; c++) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        token[7] = (char)c;
        print_message("%d\n", c);
        assert_int_equal(is_taken(*state, token), letter || c == '-' || c == '_' || c == '.');
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, appliance_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_length),
        TEST(test_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
