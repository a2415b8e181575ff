/* Matches: which words are added, and what they share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ctl/console/matches.h"

static void test_matches(void **state)
{
    static struct matches matches;
    char word[MATCHES_WORD_MAX + 1];

    (void)state;
    matches_add(&matches, "CO", "commit");
    matches_add(&matches, "co", "commitlog");
    matches_add(&matches, "com", "clear");
    assert_int_equal(matches.n, 2);
    assert_int_equal(matches_get_common(&matches), 6);

    /* A word that is too long and one word too many are dropped. */
    memset(word, 'x', sizeof(word));
    word[MATCHES_WORD_MAX] = 0;
    matches_add(&matches, "", word);
    assert_int_equal(matches.n, 2);
    for (int i = 0; i < 2 * MATCHES_MAX; i++)
        matches_add(&matches, "", "y");
    assert_int_equal(matches.n, MATCHES_MAX);
    assert_int_equal(matches_get_common(&matches), 0);
    matches.n = 0;
    assert_int_equal(matches_get_common(&matches), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
