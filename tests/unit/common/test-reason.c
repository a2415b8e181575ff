/* The names of reasons, which of them are permanent, and their remedies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/memory.h"
#include "common/reason.h"

static void test_names(void **state)
{
    (void)state;
    for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++) {
        const char *name = reason_to_string(reason);

        assert_non_null(name);
        assert_int_equal(reason_from_string(name), reason);
    }
    assert_null(reason_to_string(REASON_NONE));
    assert_string_equal(reason_to_string(REASON_TOKEN_MALFORMED), "token_malformed");
    assert_string_equal(reason_to_string(REASON_CANCELLED), "cancelled");
    assert_int_equal(reason_from_string(NULL), REASON_NONE);
    assert_int_equal(reason_from_string(""), REASON_NONE);
    assert_int_equal(reason_from_string("Busy"), REASON_NONE);
    assert_int_equal(reason_from_string("busy "), REASON_NONE);
}

/* A remedy ends like a sentence and has nothing that would break a line or a JSON text. */
static void test_remedies(void **state)
{
    (void)state;
    for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++) {
        const char *remedy = reason_remedy(reason);

        assert_non_null(remedy);
        assert_true(strlen(remedy) > 10 && strlen(remedy) <= 512);
        assert_int_equal(remedy[strlen(remedy) - 1], '.');
        assert_null(strpbrk(remedy, "\"\\\n"));
    }
}

/* The reasons that are not retried: only a person can change something. */
static void test_permanent(void **state)
{
    static const enum reason permanent[] = { REASON_TOKEN_MALFORMED, REASON_TOKEN_REJECTED,
        REASON_FEATURE_DISABLED, REASON_BUSY, REASON_ALREADY_REGISTERED, REASON_NOT_REGISTERED,
        REASON_SERVER_LOCKED, REASON_WRONG_REGION, REASON_REMOVED_IN_PORTAL, REASON_IDENTITY_CHANGED,
        REASON_EST_REJECTED, REASON_CERTIFICATE_UNUSABLE, REASON_CERTIFICATE_EXPIRED, REASON_CANCELLED,
        REASON_SERVER_UNKNOWN, REASON_TLS_INTERCEPTED, REASON_DEVICE_CONFLICT, REASON_STATE_LOST,
        REASON_CONFIG_INVALID };
    size_t n = 0;

    (void)state;
    for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++)
        n += reason_is_permanent(reason);
    assert_int_equal(n, ELEMENTS(permanent));
    for (size_t i = 0; i < ELEMENTS(permanent); i++)
        assert_true(reason_is_permanent(permanent[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_remedies),
        cmocka_unit_test(test_permanent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
