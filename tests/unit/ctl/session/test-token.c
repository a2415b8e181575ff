/* Registration tokens in files and in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/memory.h"
#include "ctl/session/token.h"

static void test_trim(void **state)
{
    static const struct {
        const char *text, *token;
    } cases[] = {
        { "abc\n", "abc" },
        { " \t abc \r\n\n", "abc" },
        { "abc", "abc" },
        { "a b", "a b" }, /* the daemon says what a token is */
        { "", NULL },
        { " \n", NULL },
        { "a\nb", NULL },
        { "a\xff", NULL },
        { "a\x1b", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        char text[32];

        strcpy(text, cases[i].text);
        const char *token = token_trim(text, strlen(text));
        if (cases[i].token)
            assert_string_equal(token, cases[i].token);
        else
            assert_null(token);
    }

    char with_nul[] = "abc\0def";
    assert_null(token_trim(with_nul, sizeof(with_nul) - 1));
    char ends_with_nul[] = "abc\0";
    assert_null(token_trim(ends_with_nul, 4));
}

static void test_is_possible(void **state)
{
    static const struct {
        const char *word;
        bool possible;
    } cases[] = {
        { "de7c55f3ff0absdfs4a25aae94dfb064642", true },
        { "token=abcdefghijklmno_", true },
        { "ABCDEFGHIJ012345", true },
        { "ABCDEFGHIJ01234", false },
        { "--ABCDEFGHIJ.012", true },
        { "a b c d e f g h i j k l m n o p", false },
        { "ABCDEFGHIJ+01234/ABCDEFGHIJ", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        if (token_is_possible(cases[i].word) != cases[i].possible)
            fail_msg("%s", cases[i].word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_is_possible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
