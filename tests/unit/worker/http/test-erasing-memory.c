/* Memory keeps its bytes when it moves. Only a look at freed memory could show that the old ones are erased. */
#include "worker/http/erasing-memory.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

enum {
    SMALL = 64,
    LARGE = 4096,
};

static void test_realloc_keeps_the_bytes(void **state)
{
    char *block = erasing_realloc(NULL, SMALL);

    (void)state;
    assert_non_null(block);
    memset(block, 's', SMALL);
    block = erasing_realloc(block, LARGE);
    assert_non_null(block);
    for (size_t i = 0; i < SMALL; i++)
        assert_int_equal(block[i], 's');
    block = erasing_realloc(block, SMALL / 2);
    assert_non_null(block);
    for (size_t i = 0; i < SMALL / 2; i++)
        assert_int_equal(block[i], 's');
    erasing_free(block);
    erasing_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_realloc_keeps_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
