/* Faults by their names, and the words of their values in their order. */
#include "sandbox/faults/words.h"

#include "unit/helpers/sandbox/faults.h"

#include "sandbox/faults/quirk.h"

#include <string.h>

static void test_find(void **state)
{
    struct fault_set set = set_of("needs", "columns");

    (void)state;
    add_fault(&set, "pop", "403");
    assert_ptr_equal(fault_find(&set, "needs"), &set.faults[0]);
    assert_ptr_equal(fault_find(&set, "pop"), &set.faults[1]);
    assert_null(fault_find(&set, "key"));
}

static void test_numbers(void **state)
{
    struct fault_set set = set_of("auth", "basic-sha-256");

    (void)state;
    assert_int_equal(fault_number(&set, "auth"), AUTH_BASIC | AUTH_SHA256);
    assert_int_equal(fault_number(&set, "replace-ca"), 0);
    set = set_of("replace-ca", "cross");
    assert_int_equal(fault_number(&set, "replace-ca"), REPLACED | LINK_NEW_WITH_OLD | LINK_OLD_WITH_NEW);
}

static void test_words_in_their_order(void **state)
{
    struct fault_set set = set_of("needs", "columns,newline");
    const struct fault_word *words[4];

    (void)state;
    add_fault(&set, "key", "rsa");
    assert_int_equal(fault_find_words(&set, STAGE_CHECK, NULL, words, ELEMENTS(words)), 3);
    assert_string_equal(words[0]->name, "columns");
    assert_string_equal(words[1]->name, "newline");
    assert_string_equal(words[2]->name, "rsa");
    assert_int_equal(fault_find_words(&set, STAGE_CHECK, "key", words, ELEMENTS(words)), 1);
    assert_string_equal(words[0]->name, "rsa");
    assert_int_equal(fault_find_words(&set, STAGE_CHECK, NULL, words, 1), 1);
    assert_int_equal(fault_find_words(&set, STAGE_ISSUE, NULL, words, ELEMENTS(words)), 0);
}

static void test_lists(void **state)
{
    const struct fault_kind *kind = fault_kind_find("needs");

    (void)state;
    assert_true(fault_has_words(kind, "columns", 1));
    assert_true(fault_has_words(kind, "columns,newline", 2));
    assert_false(fault_has_words(kind, "columns,newline", 1));
    assert_false(fault_has_words(kind, "column", 1));
    assert_false(fault_has_words(kind, "columnss", 1));
    assert_false(fault_has_words(kind, ",columns", 2));
    assert_false(fault_has_words(kind, "columns,", 2));
}

static void test_apply(void **state)
{
    struct fault_set set = set_of("headers", "created,lower-case");
    struct answer answer = { .status = 200 };

    (void)state;
    assert_int_equal(fault_apply_words(&set.faults[0], &answer), 0);
    assert_int_equal(answer.status, 201);
    assert_true(answer.lower_case);
    assert_int_equal(answer.framing, FRAMING_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_words_in_their_order),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_apply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
