#include "worker/x509/base64.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

static void test_lines(void **state)
{
    static const struct {
        size_t size, lines, last; /* columns of the last line */
    } cases[] = { { 1, 1, 4 }, { 47, 1, 64 }, { 48, 1, 64 }, { 49, 2, 4 }, { 96, 2, 64 }, { 200, 5, 12 } };
    unsigned char data[200];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)(i * 7);
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_free_ char *text = NULL;
        _cleanup_free_ unsigned char *again = NULL;
        size_t size, again_size, lines = 0, columns = 0, last = 0;

        assert_int_equal(base64_encode(data, cases[i].size, &text, &size), 0);
        assert_int_equal(strlen(text), size);
        assert_int_equal(text[size - 1], '\n');
        for (const char *c = text; *c; c++)
            if (*c == '\n') {
                lines++;
                last = columns;
                columns = 0;
            } else
                assert_true(++columns <= 64);
        assert_int_equal(lines, cases[i].lines);
        assert_int_equal(last, cases[i].last);
        assert_int_equal(base64_decode(text, size, &again, &again_size), 0);
        assert_int_equal(again_size, cases[i].size);
        assert_memory_equal(again, data, again_size);
    }
}

static void test_decode(void **state)
{
    static const struct {
        const char *text;
        const char *value; /* NULL: refused */
    } cases[] = {
        { "Zm9vYmFy", "foobar" },
        { "Zm9vYg==", "foob" },
        { "Zm9vYg", "foob" },
        { "Zm9vYmE=", "fooba" },
        { "Zm9vYmE", "fooba" },
        { " Zm 9v\r\n\tYm\vFy \f\n", "foobar" },
        { "Z\nm\n9\nv\nY\ng\n=\n=\n", "foob" },
        { "", NULL },
        { "\r\n", NULL },
        { "Z", NULL },
        { "Zm9vY", NULL },
        { "Zm9v=", NULL },
        { "Zm9vYg=", NULL },
        { "Zm9v====", NULL },
        { "====", NULL },
        { "Zm=vYmFy", NULL },
        { "Zm9v-_Fy", NULL },
        { "<html>", NULL },
        { "Zm9v\xc3\xa4", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_free_ unsigned char *data = NULL;
        size_t size = 0;
        int r = base64_decode(cases[i].text, strlen(cases[i].text), &data, &size);

        if (!cases[i].value) {
            assert_int_equal(r, -EBADMSG);
            continue;
        }
        assert_int_equal(r, 0);
        assert_int_equal(size, strlen(cases[i].value));
        assert_memory_equal(data, cases[i].value, size);
    }
}

static void test_nul_is_no_space(void **state)
{
    unsigned char *data = NULL;
    size_t size;

    (void)state;
    assert_int_equal(base64_decode("Zm9v\0Zm9v", 9, &data, &size), -EBADMSG);
}

/* complaint("certificates: CA certificates in unusual base64 can't be read") */
/* A SEQUENCE that fills the body is copied, all else is decoded. */
static void test_bodies(void **state)
{
    static const struct {
        const char *body;
        size_t size;
        const char *value; /* NULL: refused */
        size_t value_size;
    } cases[] = {
#define BYTES(text) text, sizeof(text) - 1
        { BYTES("\x30\x00"), BYTES("\x30\x00") },
        { BYTES("\x30\x00\r\n"), BYTES("\x30\x00") },
        { BYTES("\x30\x03\x02\x01\x0a"), BYTES("\x30\x03\x02\x01\x0a") },
        { BYTES("\x30\x81\x03\x02\x01\x0a\n"), BYTES("\x30\x81\x03\x02\x01\x0a") },
        { BYTES("\x30\x82\x00\x03\x02\x01\x0a"), BYTES("\x30\x82\x00\x03\x02\x01\x0a") },
        { BYTES("\x30\x80\x00\x00"), BYTES("\x30\x80\x00\x00") },
        { BYTES("MAA="), BYTES("\x30\x00") },
        { BYTES(" MA\nA\n=\n"), BYTES("\x30\x00") },
        /* The NUL that ends a text. */
        { BYTES("MAA=\0"), BYTES("\x30\x00") },
        { BYTES("MAA=\r\n\0"), BYTES("\x30\x00") },
        { BYTES("MAA=\0\0\n\0"), BYTES("\x30\x00") },
        { BYTES("\x30\x00\0"), BYTES("\x30\x00") },
        { BYTES("\x30\x03\x02\x01\x00"), BYTES("\x30\x03\x02\x01\x00") },
        { BYTES("MA\0A="), NULL, 0 },
        { BYTES("\0MAA="), NULL, 0 },
        { BYTES("\0"), NULL, 0 },
        /* Base64 that begins with the bytes of a SEQUENCE. */
        { BYTES("0000"), BYTES("\xd3\x4d\x34") },
        { BYTES("\x30\x03\x02\x01"), NULL, 0 },
        { BYTES("\x30\x00x"), NULL, 0 },
        { BYTES("\x30\x85\x00\x00\x00\x00\x00"), NULL, 0 },
        { BYTES("\x31\x00"), NULL, 0 },
        { BYTES(""), NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_free_ unsigned char *data = NULL;
        size_t size = 0;
        int r = base64_decode_body(cases[i].body, cases[i].size, &data, &size);

        print_message("%zu\n", i);
        assert_int_equal(r, cases[i].value ? 0 : -EBADMSG);
        if (!cases[i].value)
            continue;
        assert_int_equal(size, cases[i].value_size);
        assert_memory_equal(data, cases[i].value, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_nul_is_no_space),
        cmocka_unit_test(test_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
