/* The words that an editor offers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ctl/console/editor.h"

static void test_matches(void **state)
{
    static struct editor_matches matches;
    char word[EDITOR_MATCH_MAX + 1];

    (void)state;
    editor_add_match(&matches, "CO", "commit");
    editor_add_match(&matches, "co", "commitlog");
    editor_add_match(&matches, "com", "clear");
    assert_int_equal(matches.n, 2);
    assert_int_equal(editor_common_prefix(&matches), 6);

    /* Neither a word that is too long nor one word too many. */
    memset(word, 'x', sizeof(word));
    word[EDITOR_MATCH_MAX] = 0;
    editor_add_match(&matches, "", word);
    assert_int_equal(matches.n, 2);
    for (int i = 0; i < 2 * EDITOR_MATCHES_MAX; i++)
        editor_add_match(&matches, "", "y");
    assert_int_equal(matches.n, EDITOR_MATCHES_MAX);
    assert_int_equal(editor_common_prefix(&matches), 0);
    matches.n = 0;
    assert_int_equal(editor_common_prefix(&matches), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
