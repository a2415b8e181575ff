/* Which request bodies the sandbox takes for JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../src/sandbox/sandbox-body.h"
#include "../../src/sandbox/sandbox-helpers.h"

static int parse(const char *text, size_t size)
{
    _cleanup_json_ json_object *object = NULL;
    const char *problem = NULL;
    int r;

    r = sandbox_body_parse(text, size, &object, &problem);
    if (r < 0)
        assert_non_null(problem);
    else
        assert_true(json_object_is_type(object, json_type_object));
    return r;
}

static void test_accepted(void **state)
{
    static const char *const good[] = { "{}", " {\"a\":1}\n", "{\"a\":{\"b\":[{\"c\":null},{\"c\":true}]}}",
        "{\"a\":\"it's: {NaN} \\\" \\\\\",\"b\":-1.5e+3}", "{\"\\u00e4\":\"\xc3\xa4\"}",
        "{\"a\":{\"x\":1},\"b\":{\"x\":1}}" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++)
        if (parse(good[i], strlen(good[i])) != 0)
            fail_msg("refused: %s", good[i]);
}

static void test_refused(void **state)
{
    static const char *const bad[] = { "", " ", "[]", "1", "null", "\"a\"", "{", "{\"a\":1}x", "{\"a\":1}{}",
        "{'a':1}", "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":1,\"a\":2}", "{\"a\":1,}", "{\"a\":\"\xff\"}",
        "{\"a\":\"\n\"}", "{\"a\":1}/* */", "{\"a\":\"\\", "{\"o\":{\"a\":1,\"a\":1}}", "<html></html>" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        if (parse(bad[i], strlen(bad[i])) != -EBADMSG)
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(parse("{}\0", 3), -EBADMSG);
}

static void test_size(void **state)
{
    static char text[BODY_LIMIT + 1];

    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text, "{}", 2);
    assert_int_equal(parse(text, BODY_LIMIT), 0);
    assert_int_equal(parse(text, BODY_LIMIT + 1), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
