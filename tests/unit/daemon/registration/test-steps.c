/* The steps of each operation: their order, and what the worker is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/daemon/step-requests.h"

static void test_order(void **state)
{
    static const char *const expected[OPERATION_MAX_][8] = {
        [OPERATION_REGISTER] = { "key", "context", "activation", "trust", "certificate", "confirm" },
        [OPERATION_DEREGISTER] = { "delete" },
        [OPERATION_REFRESH] = { "refresh" },
        [OPERATION_RENEW] = { "renewal-key", "renewal-trust", "renewal-certificate", "renewal-proof" },
    };
    size_t n = 0;

    (void)state;
    for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
        const struct step *step = step_first(operation);

        for (size_t i = 0; expected[operation][i]; i++) {
            assert_non_null(step);
            assert_string_equal(step->name, expected[operation][i]);
            assert_int_equal(step->operation, operation);
            /* A detour has its name before the step that leads to it, but is nobody's next. */
            if (streq0(step->rekey, step_names[n]))
                assert_true(steps_find(step_names[n++])->only_by_jump);
            assert_string_equal(step_names[n++], step->name);
            assert_ptr_equal(step_find(operation, step->name), step);
            step = step_next(step);
        }
        assert_null(step);
        assert_ptr_equal(step_find(operation, NULL), step_first(operation));
        assert_ptr_equal(step_find(operation, "no such step"), step_first(operation));
    }
    assert_null(step_names[n]);
    assert_ptr_equal(step_find(OPERATION_REFRESH, "confirm"), step_first(OPERATION_REFRESH));
}

static void test_requests(void **state)
{
    struct fixture *f = *state;
    char text[4096];
    size_t n = 0;

    for (size_t i = 0; step_requests[i].step; i++, n++) {
        snprintf(text, sizeof(text), "{%s}", step_requests[i].registration);
        _cleanup_json_ json_object *registration = fixture_parse(text);
        const struct step *step = steps_find(step_requests[i].step);
        const struct saved saved = steps_read_registration(registration);
        _cleanup_json_ json_object *request = step->request(f->core, &saved);

        print_message("%s\n", step->name);
        assert_string_equal(step->call.method, step_requests[i].method);
        assert_string_equal(json_text(request, NULL), step_requests[i].request);
        /* The registration is untouched, and shares nothing that erasing the request would destroy. */
        request = json_put_erased(request);
        assert_string_equal(json_text(registration, NULL), text);
    }
    assert_int_equal(n, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test_setup_teardown(test_requests, steps_set_up, steps_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
