/* The tables of the kinds of faults: their rows are whole, and each name is found. */
#include "sandbox/faults/kinds.h"

#include "unit/helpers/sandbox/fixture.h"

#include "sandbox/faults/words.h"

#include <string.h>

/* A word acts by the member of the union that its stage uses. */
static void assert_word(const struct fault_kind *kind, const struct fault_word *word)
{
    assert_non_null(word->help);
    assert_null(strchr(word->name, ','));
    assert_true(fault_has_words(kind, word->name, 1));
    assert_int_equal(kind->stage == STAGE_CHECK, word->status >= 400);
    assert_true(kind->stage == STAGE_ASKED || word->answer);
    for (const struct fault_word *other = kind->words; other != word; other++)
        assert_string_not_equal(other->name, word->name);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; fault_kind_at(i); i++) {
        const struct fault_kind *kind = fault_kind_at(i);
        bool has_words = kind->value == VALUE_WORD || kind->value == VALUE_LIST;

        /* the first of its name, so that no other row hides it */
        assert_ptr_equal(fault_kind_find(kind->name), kind);
        assert_non_null(kind->help);
        assert_true(kind->places != 0);
        assert_true((kind->stage <= STAGE_AFTER) == !!kind->apply);
        assert_true(has_words == !!kind->words);
        for (const struct fault_word *word = kind->words; word && word->name; word++)
            assert_word(kind, word);
    }
}

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(fault_kind_find("status"), general_kinds);
    assert_ptr_equal(fault_kind_at(0), general_kinds);
    assert_non_null(fault_kind_find("encoding"));
    assert_non_null(fault_kind_find("needs"));
    assert_non_null(fault_kind_find("replace-ca"));
    assert_null(fault_kind_find("nothing"));
    assert_null(fault_kind_find(""));
    assert_null(fault_kind_at(1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_find),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
