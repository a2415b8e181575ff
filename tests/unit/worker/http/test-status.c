#include "worker/http/status.h"

#include "unit/helpers/test-certificates.h"

/* Each row says who must act, and no row makes a failure final. */
static void test_rows(void **state)
{
    static const long service[] = { 200, 201, 202, 204, 302, 400, 401, 403, 404, 405, 409, 410, 422, 495, 496,
        500, 501, 502, 503, 504 };
    size_t rows = 0;

    (void)state;
    for (long status = 100; status < 1000; status++) {
        const struct http_status *found = http_find_status(status);

        if (!found)
            continue;
        rows++;
        assert_int_equal(found->status, status);
        assert_false(reason_is_permanent(found->reason));
        assert_true(strstr(found->what, "has to") || strstr(found->what, "the agent tries again") ||
                    strstr(found->what, "log in") || status == 429);
    }
    assert_int_equal(rows, 19);
    for (size_t i = 0; i < ELEMENTS(service); i++)
        assert_null(http_find_status(service[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
