/* The staged settings of the calling user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "ctl/session/candidate.h"

static void test_candidate_of_caller(void **state)
{
    const struct tr_candidate other = { .uid = (int64_t)geteuid() + 1 }, own = { .uid = (int64_t)geteuid() };
    const struct tr_candidate *const staged[] = { &other, &own };
    struct tr_status status = { .staged = staged, .n_staged = 1 };

    (void)state;
    assert_null(candidate_of_caller(&status));
    status.n_staged = 2;
    assert_ptr_equal(candidate_of_caller(&status), &own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidate_of_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
