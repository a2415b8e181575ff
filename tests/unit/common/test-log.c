/* Log lines: levels, the journal's prefix, and foreign text that tries to forge a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/memory.h"

static void test_levels(void **state)
{
    static const int levels[] = { LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(levels); i++) {
        assert_int_equal(log_level_from_string(log_level_names[i]), levels[i]);
        assert_string_equal(log_level_to_string(levels[i]), log_level_names[i]);
    }
    assert_null(log_level_names[ELEMENTS(levels)]);
    assert_int_equal(log_level_from_string(""), -EINVAL);
    assert_int_equal(log_level_from_string("err"), -EINVAL);
    assert_int_equal(log_level_from_string("INFO"), -EINVAL);
    assert_string_equal(log_level_to_string(LOG_EMERG), "info");
}

static void test_escape(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *escaped;
    } cases[] = {
        { "", 8, "" },
        { "plain", 8, "plain" },
        { "plain", 6, "plain" },
        { "plain", 5, "plai" },
        { "plain", 1, "" },
        { "a\nb", 16, "a\\x0ab" },
        { "\x1b[31m", 16, "\\x1b[31m" },
        { "\x7f\xff", 16, "\\x7f\\xff" },
        { "a\nb", 5, "a" },
        { "a\nb", 6, "a\\x0a" },
        { "caf\xc3\xa9", 16, "caf\xc3\xa9" },
        { "caf\xc3\xa9", 5, "caf" },
        { "caf\xe9!", 16, "caf\\xe9!" },
        { "\xc2\x9b", 16, "\\xc2\\x9b" },
        { "\xc0\x80", 16, "\\xc0\\x80" },
        { "\xed\xa0\x80", 16, "\\xed\\xa0\\x80" },
        { "\xf0\x9f\x98", 16, "\\xf0\\x9f\\x98" },
        { "\xf0\x9f\x98\x80", 16, "\xf0\x9f\x98\x80" },
        { "back\\slash", 16, "back\\slash" },
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_ptr_equal(escape_text(cases[i].text, out, cases[i].size), out);
        assert_string_equal(out, cases[i].escaped);
    }
}

/* Runs log calls with standard error in a file, and returns what they wrote. */
static void capture(void (*body)(void), bool journal, char *out, size_t size)
{
    FILE *file = tmpfile();
    _cleanup_close_ int saved = dup(STDERR_FILENO);
    struct stat st;
    char stream[64];

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
        (unsigned long long)st.st_ino + !journal);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    log_open();
    body();
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    unsetenv("JOURNAL_STREAM");

    rewind(file);
    out[fread(out, 1, size - 1, file)] = 0;
    fclose(file);
}

static void log_some(void)
{
    log_set_level(LOG_NOTICE);
    log_error("an error of %d", 1);
    log_warning("forged\n<0>line\r");
    log_notice("%s", "caf\xc3\xa9");
    log_info("not printed");
    log_debug("not printed");
    log_set_level(LOG_DEBUG);
    log_debug("printed");
    log_set_level(LOG_INFO);
}

static void test_lines(void **state)
{
    char out[1024];

    (void)state;
    capture(log_some, false, out, sizeof(out));
    assert_string_equal(out, "an error of 1\nforged\\x0a<0>line\\x0d\ncaf\xc3\xa9\nprinted\n");
    capture(log_some, true, out, sizeof(out));
    assert_string_equal(out, "<3>an error of 1\n<4>forged\\x0a<0>line\\x0d\n<5>caf\xc3\xa9\n<7>printed\n");
}

static void log_much(void)
{
    char text[5000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    errno = ENOENT;
    log_error("%s", text);
    assert_int_equal(errno, ENOENT);
}

static void test_long_line(void **state)
{
    char out[8192];

    (void)state;
    capture(log_much, false, out, sizeof(out));
    assert_int_equal(strlen(out), 1024);
    assert_int_equal(strspn(out, "x"), 1023);
    assert_string_equal(out + 1023, "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
