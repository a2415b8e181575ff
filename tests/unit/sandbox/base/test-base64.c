/* Base64 in the forms that servers send, and back. */
#include "sandbox/base/base64.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <string.h>

static void test_lines(void **state)
{
    static const struct {
        size_t size, columns;
        const char *end, *text;
    } rows[] = {
        { 3, 4, "\n", "AAAA\n" },
        { 4, 4, "\n", "AAAA\nAA==\n" },
        { 4, 4, "\r\n", "AAAA\r\nAA==\r\n" },
        { 4, 0, "\n", "AAAAAA==" },
        { 4, 5, " \t\n", "AAAAA \t\nA== \t\n" },
    };
    unsigned char zeros[8] = { 0 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        gnutls_datum_t data = { zeros, (unsigned)rows[i].size }, back = { NULL, 0 };
        char *text = NULL;
        size_t size;

        assert_int_equal(base64_encode_lines(&data, rows[i].columns, rows[i].end, &text, &size), 0);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(size, strlen(text));
        assert_int_equal(base64_decode_text(text, size, &back), 0);
        assert_int_equal(back.size, rows[i].size);
        assert_memory_equal(back.data, zeros, back.size);
        gnutls_free(back.data);
        free(text);
    }
}

static void test_what_is_not_base64(void **state)
{
    static const char *const bad[] = { "", " \n", "A", "AAAA=AAA", "AA*A", "<html>" };
    gnutls_datum_t data = { NULL, 0 };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_int_equal(base64_decode_text(bad[i], strlen(bad[i]), &data), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_what_is_not_base64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
