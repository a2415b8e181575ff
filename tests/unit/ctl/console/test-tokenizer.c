/* Commands and words of the console, quoted as in a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/memory.h"
#include "ctl/console/tokenizer.h"

/* Returns the commands of a text as "word|word / word", or the mistake. */
static const char *split(const char *text, char *out, size_t size)
{
    struct tokenizer_command command;
    const char *mistake = NULL;
    size_t used = 0;
    int r;

    out[0] = 0;
    while ((r = tokenizer_next(&text, &command, &mistake)) > 0) {
        assert_null(command.argv[command.argc]);
        for (int i = 0; i < command.argc; i++)
            used += (size_t)snprintf(out + used, size - used, "%s%s",
                i      ? "|"
                : used ? " / "
                       : "",
                command.argv[i]);
    }
    if (r == -EINVAL) {
        assert_int_equal(command.argc, 0);
        return mistake;
    }
    assert_int_equal(r, 0);
    return out;
}

static void test_words(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "", "" },
        { " \t \n ; ;\n", "" },
        { "status", "status" },
        { "  commit\t a  b ", "commit|a|b" },
        { "a;b ; c\nd", "a / b / c / d" },
        { "commit \"joined the cloud\"", "commit|joined the cloud" },
        { "commit 'a;b # c'", "commit|a;b # c" },
        { "commit \"it's\" 'a\"b'", "commit|it's|a\"b" },
        { "commit a' 'b\" \"c", "commit|a b c" },
        { "commit \"\" ''", "commit||" },
        { "commit a\\ b\\;c\\\\d\\#e", "commit|a b;c\\d#e" },
        { "commit \"a\\\"b\\\\c\\$d\\`e\\nf\"", "commit|a\"b\\c$d`e\\nf" },
        { "commit 'a\\'", "commit|a\\" },
        { "commit \"two\nlines\"", "commit|two\nlines" },
        { "com\\\nmit \"a\\\nb\"", "commit|ab" },
        { "status # all of it; commit", "status" },
        { "# nothing\nstatus", "status" },
        { "a#b c", "a#b|c" },
        { "status\r\ncommit\r\n", "status / commit" },
        { "commit $HOME * ~ `x` $(y)", "commit|$HOME|*|~|`x`|$(y)" },
        { "commit 'a|b' \"c&d\" e\\>f", "commit|a|b|c&d|e>f" },
        { "commit \xc3\xa4", "commit|\xc3\xa4" },
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(split(cases[i].text, out, sizeof(out)), cases[i].words);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *mistake;
    } cases[] = {
        { "commit 'abc", "A single quote (') is not closed." },
        { "status; commit \"abc", "A double quote (\") is not closed." },
        { "commit \"abc\\", "A double quote (\") is not closed." },
        { "commit \"abc\\\"", "A double quote (\") is not closed." },
        { "commit \\", "Nothing follows the backslash (\\)." },
        { "status | less",
            "The console has no pipes and redirections: put the characters | & < > in quotes." },
        { "status > file",
            "The console has no pipes and redirections: put the characters | & < > in quotes." },
        { "a && b", "The console has no pipes and redirections: put the characters | & < > in quotes." },
        { "a b c d e f g h i j k l m n o p q", "The command has too many words." },
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(split(cases[i].text, out, sizeof(out)), cases[i].mistake);
    assert_string_equal(
        split("a b c d e f g h i j k l m n o p", out, sizeof(out)), "a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p");
}

/* The longest word fills the buffer with its NUL; one more byte is too much. */
static void test_length(void **state)
{
    static char text[TOKENIZER_BYTES_MAX + 1];
    struct tokenizer_command command;
    const char *mistake = NULL, *at = text;

    (void)state;
    memset(text, 'x', TOKENIZER_BYTES_MAX - 1);
    assert_int_equal(tokenizer_next(&at, &command, &mistake), 1);
    assert_int_equal(strlen(command.argv[0]), TOKENIZER_BYTES_MAX - 1);

    text[TOKENIZER_BYTES_MAX - 1] = 'x';
    at = text;
    assert_int_equal(tokenizer_next(&at, &command, &mistake), -EINVAL);
    assert_string_equal(mistake, "The command is too long.");
    assert_ptr_equal(at, text);
}

static void test_erase(void **state)
{
    struct tokenizer_command command;
    const char *mistake, *at = "register secret-token-of-the-portal";

    (void)state;
    assert_int_equal(tokenizer_next(&at, &command, &mistake), 1);
    tokenizer_erase(&command);
    assert_null(memmem(&command, sizeof(command), "token", 5));
    assert_int_equal(command.argc, 0);

    /* A malformed text may hold a secret, too. */
    at = "secret-token-of-the-portal 'x";
    assert_int_equal(tokenizer_next(&at, &command, &mistake), -EINVAL);
    assert_null(memmem(&command, sizeof(command), "token", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_erase),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
