/* Random texts: their letters, their length, and that none comes twice. */
#include "sandbox/base/random-text.h"

#include "unit/helpers/sandbox/fixture.h"

#include "sandbox/base/guid.h"

#include <string.h>

static void test_random_text(void **state)
{
    char first[SECRET_LENGTH + 1], second[SECRET_LENGTH + 1];

    (void)state;
    assert_int_equal(make_random_text(first, SECRET_LENGTH), 0);
    assert_int_equal(make_random_text(second, SECRET_LENGTH), 0);
    assert_true(is_random_text(first, SECRET_LENGTH));
    assert_true(is_random_text(second, SECRET_LENGTH));
    assert_string_not_equal(first, second);
}

/* A byte modulo 62 would make A to H likelier than the rest: 1,560 of 10,000 in place of 1,290. */
static void test_letters_are_equally_likely(void **state)
{
    static char text[10001];
    size_t count[128] = { 0 }, seen = 0, first_eight = 0;

    (void)state;
    assert_int_equal(make_random_text(text, sizeof(text) - 1), 0);
    for (const char *p = text; *p; p++)
        count[(unsigned char)*p]++;
    for (size_t c = 0; c < ELEMENTS(count); c++)
        seen += count[c] > 0;
    for (size_t c = 'A'; c <= 'H'; c++)
        first_eight += count[c];
    assert_int_equal(seen, 62);
    /* five times the deviation of 33 */
    assert_in_range(first_eight, 1290 - 168, 1290 + 168);
}

static void test_texts_that_are_not_random(void **state)
{
    (void)state;
    assert_true(is_random_text("aZ09", 4));
    assert_false(is_random_text("aZ09", 5));
    assert_false(is_random_text("aZ09", 3));
    assert_false(is_random_text("", 1));
    assert_false(is_random_text("a/09", 4));
    assert_false(is_random_text("../a", 4));
    assert_false(is_random_text("\xc3\xa4"
                                "a1",
        4));
}

static void test_random_uuid(void **state)
{
    char first[UUID_LENGTH + 1], second[UUID_LENGTH + 1];

    (void)state;
    assert_int_equal(make_random_uuid(first), 0);
    assert_int_equal(make_random_uuid(second), 0);
    assert_true(guid_valid(first));
    assert_string_not_equal(first, second);
    /* version 4 of RFC 9562, and its variant */
    assert_int_equal(first[14], '4');
    assert_non_null(strchr("89ab", first[19]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_text),
        cmocka_unit_test(test_letters_are_equally_likely),
        cmocka_unit_test(test_texts_that_are_not_random),
        cmocka_unit_test(test_random_uuid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
