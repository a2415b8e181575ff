#include "worker/est/multipart.h"

#include "unit/helpers/test-certificates.h"

#include <errno.h>

#define TYPE "multipart/mixed; boundary=b"

static struct multipart_part parts[MULTIPART_MAX];

static int parse(const char *type, const char *body)
{
    return multipart_parse(type, body, strlen(body), parts);
}

static void assert_part(int i, const char *type, const char *data)
{
    assert_string_equal(parts[i].type, type);
    assert_int_equal(parts[i].size, strlen(data));
    assert_memory_equal(parts[i].data, data, parts[i].size);
}

static void test_two_parts(void **state)
{
    static const struct {
        const char *type, *body;
    } table[] = {
        { TYPE, "--b\r\nContent-Type: x/y\r\n\r\none\r\n--b\r\ncontent-type:  z\r\n\r\ntwo\r\n--b--\r\n" },
        /* Preamble and epilogue, white space after the delimiter, a last line without a newline. */
        { TYPE,
            "hello\r\n--b \t\r\nContent-Type: x/y\r\n\r\none\r\n--b\r\nContent-Type: z\r\n\r\ntwo\r\n--b--" },
        { "Multipart/Mixed ;Boundary=\"b\"",
            "--b\r\nContent-Type: x/y\r\n\r\none\r\n--b\r\nContent-Type: z\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\ntwo\r\n--b--\r\nbye" },
        { "multipart/mixed; charset=x; boundary=b; more=1",
            "--b\r\nContent-Type: x/y\r\n\r\none\r\n--b\r\nContent-Type: z\r\n\r\ntwo\r\n--b--\r\n" },
        /* Without a boundary in the type, the first line has it. */
        { "", "--b\r\nContent-Type: x/y\r\n\r\none\r\n--b\r\nContent-Type: z\r\n\r\ntwo\r\n--b--\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(table); i++) {
        print_message("%zu\n", i);
        assert_int_equal(parse(table[i].type, table[i].body), 2);
        assert_part(0, "x/y", "one\r\n");
        assert_part(1, "z", "two\r\n");
    }
    assert_int_equal(parse(TYPE, "--b\nContent-Type: x/y\n\none\n--b\n\ntwo\n--b--\n"), 2);
    assert_part(0, "x/y", "one\n");
    assert_part(1, "", "two\n");
}

static void test_what_is_no_delimiter(void **state)
{
    (void)state;
    assert_int_equal(parse(TYPE, "--b\r\n\r\n--bc\r\n -- b\r\nx--b\r\n--b-\r\n--b--\r\n"), 1);
    assert_part(0, "", "--bc\r\n -- b\r\nx--b\r\n--b-\r\n");
}

static void test_broken(void **state)
{
    static const char *const bodies[] = {
        "",
        "<html>",
        "--b--\r\n",
        "--b\r\n\r\nno end\r\n",
        "--b\r\n\r\none\r\n--b\r\n",
        "--other\r\n\r\none\r\n--other--\r\n",
        "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b\r\n\r\n3\r\n--b\r\n\r\n4\r\n--b\r\n\r\n5\r\n--b\r\n\r\n6\r\n--"
        "b\r\n\r\n7\r\n"
        "--b\r\n\r\n8\r\n--b\r\n\r\n9\r\n--b--\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bodies); i++) {
        print_message("%zu\n", i);
        assert_int_equal(parse(TYPE, bodies[i]), -EBADMSG);
    }
    assert_int_equal(parse("text/plain", "no boundary"), -EBADMSG);
    assert_int_equal(parse("multipart/mixed; boundary=", "x"), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_parts),
        cmocka_unit_test(test_what_is_no_delimiter),
        cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
