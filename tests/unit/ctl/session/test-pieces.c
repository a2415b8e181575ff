/* A text in pieces: every line is in one of them, with its number, whatever its bytes are. */
#include "ctl/session/pieces.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pieces pieces;

static FILE *open_text(const char *text, size_t size)
{
    FILE *stream = fmemopen((void *)(uintptr_t)text, size, "r");

    assert_non_null(stream);
    assert_int_equal(pieces_begin(&pieces, stream), 0);
    return stream;
}

static void check_next(enum pieces_kind kind, int64_t line, const char *text)
{
    int64_t found = 0;

    assert_int_equal(pieces_next(&pieces, &found), kind);
    if (kind == PIECES_END)
        return;
    assert_int_equal(found, line);
    if (text)
        assert_string_equal(pieces.text, text);
}

static void check_text(const char *text, size_t size, const char *expected)
{
    FILE *stream = open_text(text, size);

    check_next(PIECES_TEXT, 1, expected);
    check_next(PIECES_END, 0, NULL);
    check_next(PIECES_END, 0, NULL);
    fclose(stream);
}

static void test_small(void **state)
{
    (void)state;
    check_text("a\nb\n", 4, "a\nb\n");
    check_text("a\n\nb", 4, "a\n\nb\n");
    check_text("\n", 1, "\n");
    check_text("a\0b", 3,
        "a\xe2\x90\x80"
        "b\n");
    check_text("\xff\xc3\xa4\xc3", 4, "\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\n");
}

static void test_empty(void **state)
{
    FILE *stream = fopen("/dev/null", "re");

    (void)state;
    assert_int_equal(pieces_begin(&pieces, stream), 0);
    check_next(PIECES_END, 0, NULL);
    fclose(stream);
}

/* A line of the greatest size goes through alone, one that is longer by a byte is told by its beginning. */
static void test_sizes(void **state)
{
    static const struct {
        const char *unit;
        size_t size; /* of the unit as JSON */
    } units[] = { { "a", 1 }, { "\"", 2 }, { "\t", 2 }, { "\x01", 6 }, { "\xff", 3 }, { "\xc3\xa4", 2 } };

    /* It fits into a piece with none of the others. */
    static const char end[] = "\nxxxxxxxx\n";

    (void)state;
    for (size_t i = 0; i < ELEMENTS(units); i++)
        for (size_t more = 0; more < 2; more++) {
            size_t n = (PIECE_SIZE_MAX - 2) / units[i].size + more, length = strlen(units[i].unit);
            _cleanup_free_ char *text = malloc(n * length + sizeof(end));

            assert_non_null(text);
            for (size_t k = 0; k < n; k++)
                memcpy(text + k * length, units[i].unit, length);
            memcpy(text + n * length, end, sizeof(end));
            FILE *stream = open_text(text, n * length + strlen(end));
            check_next(more ? PIECES_LONG_LINE : PIECES_TEXT, 1, NULL);
            assert_true(more ? strlen(pieces.text) < 100 : strlen(pieces.text) > n * length);
            assert_true(strlen(pieces.text) > 60);
            check_next(PIECES_TEXT, 2, end + 1);
            check_next(PIECES_END, 0, NULL);
            fclose(stream);
        }
}

/* Nothing is lost between pieces, and no piece is greater than it may be. */
static void test_many_lines(void **state)
{
    _cleanup_free_ char *text = malloc(2000000);
    size_t size = 0, lines = 0, n = 0;
    int64_t line = 0;

    (void)state;
    assert_non_null(text);
    for (; size < 1900000; lines++)
        size += (size_t)sprintf(
            text + size, "%zu%.*s\n", lines + 1, (int)(lines % 14), "\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
    FILE *stream = open_text(text, size);
    while (pieces_next(&pieces, &line) == PIECES_TEXT) {
        assert_int_equal(line, n + 1);
        assert_int_equal(strtol(pieces.text, NULL, 10), line);
        assert_true(pieces.size <= PIECE_SIZE_MAX);
        for (const char *at = pieces.text; *at; at++)
            n += *at == '\n';
    }
    assert_int_equal(n, lines);
    fclose(stream);
}

/* A read error is a failure, not the end. */
static void test_unreadable(void **state)
{
    FILE *stream = fopen("/", "re");

    (void)state;
    assert_non_null(stream);
    assert_true(pieces_begin(&pieces, stream) < 0);
    fclose(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_many_lines),
        cmocka_unit_test(test_unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
