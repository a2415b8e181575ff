/* The tables of the console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>

#include "ctl/console/commands.h"
#include "ctl/console/tokenizer.h"
#include "ctl/verbs.h"

/* Checks each row: the menus, help and completion rely on it. */
static void test_tables(void **state)
{
    (void)state;
    for (const struct command *command = command_table; command->name; command++) {
        assert_ptr_equal(command_find(command_table, command->name), command);
        assert_int_equal((command->run != NULL) + (command->verb != NULL) + (command->choices != NULL), 1);
        assert_true(!command->verb || verb_find(verb_table, command->verb));
        assert_true(command->choices || command->parameters);
        assert_true(command->max_words < TOKENIZER_WORDS_MAX);
        for (const struct choice *choice = command->choices; choice && choice->name; choice++) {
            assert_ptr_equal(command_find_choice(command, choice->name), choice);
            assert_true(choice->text && choice->parameters && choice->applies);
            assert_int_equal((choice->run != NULL) + (choice->verb != NULL), 1);
            assert_true(!choice->verb || verb_find(verb_table, choice->verb));
            for (const char *c = choice->name; *c; c++)
                assert_true(isupper((unsigned char)*c));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
