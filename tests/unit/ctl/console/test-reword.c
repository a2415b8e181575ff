/* Errors in the words of the console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "ctl/console/reword.h"

static void check_words(const char *code, const char *reason, const char *message, const char *hint)
{
    struct tr_error error = { .message = "As it was.", .hint = "Do it." };

    snprintf(error.code, sizeof(error.code), "%s", code);
    snprintf(error.reason, sizeof(error.reason), "%s", reason);
    reword_error(&error);
    assert_string_equal(error.message, message);
    assert_string_equal(error.hint, hint);
}

static void test_words_for_errors(void **state)
{
    (void)state;
    check_words("org.threatresponse.agent.CommitConflict", "", "As it was.",
        "Use showchanges to see the difference and clearchanges to drop your changes; then make them "
        "again.");
    check_words("org.threatresponse.agent.Refused", "feature_disabled", "As it was.",
        "Use the threatresponseconfig command to enable it, and commit.");
    check_words("org.threatresponse.agent.PermissionDenied", "", "As it was.", "Do it.");
    check_words("org.threatresponse.agent.Refused", "state_io", "As it was.", "Do it.");
    check_words("not_running", "", "As it was.", "Do it.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_for_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
