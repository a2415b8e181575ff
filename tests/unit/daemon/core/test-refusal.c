/* A refusal: a reason and a sentence that is cut between characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/core/refusal.h"

static void test_refusal(void **state)
{
    struct refusal refusal = { REASON_NONE };
    char text[600];

    (void)state;
    assert_false(refusal_set(&refusal, REASON_BUSY, "%s is %d.", "It", 1));
    assert_int_equal(refusal.reason, REASON_BUSY);
    assert_string_equal(refusal.message, "It is 1.");

    memset(text, 'x', sizeof(text));
    memcpy(text + 510, "\xc3\xa9", 2);
    text[sizeof(text) - 1] = 0;
    refusal_set(&refusal, REASON_STATE_IO, "%s", text);
    assert_int_equal(strlen(refusal.message), 510);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_refusal) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
