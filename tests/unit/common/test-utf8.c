/* Strict UTF-8 by RFC 3629, and which of it is printable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/memory.h"
#include "common/utf8.h"

static void test_sequence(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        { "a", 1 },
        { "\x7f", 1 },
        { "\x80", 0 },
        { "\xbf", 0 },
        { "\xc0\x80", 0 },
        { "\xc1\xbf", 0 },
        { "\xc2\x80", 2 },
        { "\xdf\xbf", 2 },
        { "\xc3\x28", 0 },
        { "\xc3", 0 },
        { "\xe0\x80\x80", 0 },
        { "\xe0\x9f\xbf", 0 },
        { "\xe0\xa0\x80", 3 },
        { "\xe2\x82\xac", 3 },
        { "\xe2\x82", 0 },
        { "\xe2\x28\xac", 0 },
        { "\xed\x9f\xbf", 3 },
        { "\xed\xa0\x80", 0 },
        { "\xed\xbf\xbf", 0 },
        { "\xef\xbf\xbf", 3 },
        { "\xf0\x8f\xbf\xbf", 0 },
        { "\xf0\x90\x80\x80", 4 },
        { "\xf0\x9f\x98\x80", 4 },
        { "\xf0\x9f\x98", 0 },
        { "\xf4\x8f\xbf\xbf", 4 },
        { "\xf4\x90\x80\x80", 0 },
        { "\xf5\x80\x80\x80", 0 },
        { "\xff", 0 },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        print_message("case %zu\n", i);
        assert_int_equal(utf8_sequence(cases[i].text, strlen(cases[i].text)), cases[i].length);
    }
    assert_int_equal(utf8_sequence("a", 0), 0);
    assert_int_equal(utf8_sequence("\xe2\x82\xac", 2), 0);
    assert_int_equal(utf8_sequence("\0", 1), 1);
}

static void test_printable(void **state)
{
    static const char *const good[] = { "", "plain ~", "caf\xc3\xa9", "\xf0\x9f\x98\x80", "\xc2\xa0" };
    static const char *const bad[] = { "\t", "a\nb", "\x1f", "\x7f", "caf\xe9", "\xc2\x80", "\xc2\x9f",
        "\xc0\x80", "x\xe2\x82" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++)
        assert_true(utf8_is_printable(good[i]));
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        print_message("bad %zu\n", i);
        assert_false(utf8_is_printable(bad[i]));
    }
}

/* After a cut at any byte, trimming leaves UTF-8 and keeps all whole characters. */
static void test_trim(void **state)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
    static const size_t kept[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };

    (void)state;
    for (size_t cut = 0; cut < ELEMENTS(kept); cut++) {
        char copy[16] = "";

        memcpy(copy, text, cut);
        assert_ptr_equal(utf8_trim(copy), copy);
        assert_int_equal(strlen(copy), kept[cut]);
        assert_memory_equal(copy, text, kept[cut]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_trim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
