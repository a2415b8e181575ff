/* The options and words of a verb. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/memory.h"
#include "ctl/session/options.h"
#include "unit/helpers/silence.h"

/* Parses a command line (ends with NULL) of a verb. Returns 0 or the exit code. */
static int parse(const struct option_entry *options, const char *words[OPTIONS_WORDS_MAX], const char **argv)
{
    static const struct verb verb = { .name = "verb", .arguments = "NAME", .min_words = 1, .max_words = 2 };
    struct session session = { .verb = &verb };
    int argc = 0;

    while (argv[argc])
        argc++;
    struct silence silence = silence_begin();
    bool parsed = options_parse(&session, options, argc, (char **)(uintptr_t)argv, words);
    silence_end(&silence);
    return parsed ? 0 : session.exit_code;
}

#define PARSE(...) parse(options, words, (const char *[]){ "verb", __VA_ARGS__, NULL })

static void test_kinds(void **state)
{
    const char *words[OPTIONS_WORDS_MAX], *value = NULL, *text = NULL;
    bool flag = false;
    const struct option_entry options[] = { { "--flag", OPTION_FLAG, &flag },
        { "--value", OPTION_VALUE, &value }, { "-t", OPTION_TEXT, &text }, { 0 } };

    (void)state;
    assert_int_equal(PARSE("--value", "a", "first", "--flag", "-t", ""), 0);
    assert_string_equal(value, "a");
    assert_string_equal(text, "");
    assert_true(flag);
    assert_string_equal(words[0], "first");
    assert_null(words[1]);
    assert_int_equal(PARSE("--value=b", "--", "--flag", "-"), 0);
    assert_string_equal(value, "b");
    assert_string_equal(words[0], "--flag");
    assert_string_equal(words[1], "-");

    assert_int_equal(PARSE("first", "--value"), 2);
    assert_int_equal(PARSE("first", "--value="), 2);
    assert_int_equal(PARSE("first", "--flag=yes"), 2);
    assert_int_equal(PARSE("first", "--fla"), 2);
    assert_int_equal(PARSE("first", "--nothing"), 2);
    assert_int_equal(PARSE("first", "second", "third"), 2);
    assert_int_equal(PARSE(""), 2);
    assert_int_equal(PARSE("--flag"), 2);
}

static void test_seconds(void **state)
{
    static const char *const bad[] = { "--wait=-1", "--wait=+1", "--wait= 1", "--wait=1s", "--wait=x",
        "--wait=1000001", "--wait=99999999999999999999", "--wait=0x10" };
    const char *words[OPTIONS_WORDS_MAX];
    int seconds = -1;
    const struct option_entry options[] = { { "--wait", OPTION_WAIT, &seconds }, { 0 } };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_int_equal(PARSE("first", bad[i]), 2);
    assert_int_equal(PARSE("first", "--wait"), 0);
    assert_int_equal(seconds, 300);
    assert_int_equal(PARSE("first", "--wait=0"), 0);
    assert_int_equal(seconds, 0);
    assert_int_equal(PARSE("first", "--wait="), 0);
    assert_int_equal(seconds, 300);
    assert_int_equal(PARSE("first", "--wait=1000000"), 0);
    assert_int_equal(seconds, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
