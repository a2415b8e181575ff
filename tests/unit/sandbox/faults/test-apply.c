/* The stages at which faults act on an answer, and the names that they leave for the log. */
#include "sandbox/faults/apply.h"

#include "unit/helpers/sandbox/answer.h"
#include "unit/helpers/sandbox/faults.h"

static void test_stages(void **state)
{
    struct fault_set set = set_of("status", "503");
    _cleanup_(answer_done) struct answer answer = { .status = 0 };

    (void)state;
    add_fault(&set, "clock", "-60");
    add_fault(&set, "empty", NULL);
    assert_int_equal(fault_apply(&set, STAGE_BEFORE, &answer), 0);
    assert_int_equal(fault_apply(&set, STAGE_INSTEAD, &answer), 1);
    assert_error(&answer, 503, "unavailable");
    assert_int_equal(answer.clock_offset, 0);
    assert_int_equal(fault_apply(&set, STAGE_AFTER, &answer), 2);
    assert_int_equal(answer.clock_offset, -60);
    assert_int_equal(answer.size, 0);
    assert_string_equal(answer.faults, "fault:status fault:clock fault:empty");
}

static void test_quirks_are_noted(void **state)
{
    struct fault_set set = set_of("needs", "columns,newline");
    struct answer answer = { .status = 0 };

    (void)state;
    add_fault(&set, "drop-after", NULL);
    add_fault(&set, "replace-ca", "cross");
    add_fault(&set, "pop", "403");
    fault_note_quirks(&set, &answer);
    assert_string_equal(answer.faults, "fault:needs=columns,newline fault:replace-ca=cross fault:pop");
    assert_false(answer.drop);
}

static void test_many_names_are_cut(void **state)
{
    struct fault_set set = { .n = 0 };
    struct answer answer = { .status = 0 };

    (void)state;
    while (set.n < FAULT_LIMIT)
        add_fault(&set, "needs", "transfer-encoding,ca-signature");
    fault_note_quirks(&set, &answer);
    assert_int_equal(strlen(answer.faults), ANSWER_FAULTS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_quirks_are_noted),
        cmocka_unit_test(test_many_names_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
