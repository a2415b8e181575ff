/* Names of users, known and unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/user-name.h"
#include "common/utf8.h"

#include <pwd.h>
#include <stdio.h>

static const char *foreign_name; /* what the user database has for uid 77 */

/* The user database of the test: that of the system, but for uid 77. */
int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret)
{
    const char *name = uid == 0 ? "root" : uid == 1 ? "daemon" : uid == 77 ? foreign_name : NULL;

    *ret = NULL;
    if (!name)
        return 0;
    snprintf(buffer, size, "%s", name);
    entry->pw_name = buffer;
    *ret = entry;
    return 0;
}

/* Any name becomes printable UTF-8, and is cut behind a whole character. */
static void test_foreign_names(void **state)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {
        { "j\xfcrgen", "j\\xfcrgen" },
        { "j\xc3\xbcrgen", "j\xc3\xbcrgen" },
        { "a\nb", "a\\x0ab" },
        { "\x1b[31m", "\\x1b[31m" },
        { "\xff\xfe", "\\xff\\xfe" },
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
        { "0123456789\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "0123456789" },
        { "012345678901\xff", "012345678901" },
    };
    char name[13];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char whole[64];

        foreign_name = cases[i].name;
        assert_string_equal(
            user_name_get(77, i < 6 ? whole : name, i < 6 ? sizeof(whole) : sizeof(name)), cases[i].expected);
        assert_true(utf8_is_printable(i < 6 ? whole : name));
    }
}

static void test_names(void **state)
{
    char name[32];

    (void)state;
    assert_ptr_equal(user_name_get(0, name, sizeof(name)), name);
    assert_string_equal(name, "root");
    /* uid 1 is Debian's daemon. */
    assert_string_equal(user_name_get(1, name, sizeof(name)), "daemon");
    assert_string_equal(user_name_get(4000000000, name, sizeof(name)), "uid 4000000000");
}

static void test_cut(void **state)
{
    char name[5];

    (void)state;
    assert_string_equal(user_name_get(1, name, sizeof(name)), "daem");
    assert_string_equal(user_name_get(4000000000, name, sizeof(name)), "uid ");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_foreign_names) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
