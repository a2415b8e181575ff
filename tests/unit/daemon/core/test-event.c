/* The table of events, and the line that an event is where there is no journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/memory.h"
#include "daemon/core/event.h"
#include "unit/helpers/daemon/log-lines.h"

static void test_table(void **state)
{
    (void)state;
    for (enum event event = 0; event < EVENT_MAX_; event++) {
        assert_non_null(event_kinds[event].name);
        assert_int_equal(strlen(event_kinds[event].id), 32);
        assert_int_equal(strspn(event_kinds[event].id, "0123456789abcdef"), 32);
        assert_in_range(event_kinds[event].level, LOG_ERR, LOG_NOTICE);
        for (enum event other = 0; other < event; other++) {
            assert_string_not_equal(event_kinds[event].name, event_kinds[other].name);
            assert_string_not_equal(event_kinds[event].id, event_kinds[other].id);
        }
    }
    /* Whoever filters by them relies on these for ever. */
    assert_string_equal(event_kinds[EVENT_REGISTERED].id, "5924e438287b4c93b398b1e02c715410");
    assert_string_equal(event_kinds[EVENT_DEREGISTERED].id, "537f66e3f1af446f91af84d24ecf8316");
    assert_string_equal(event_kinds[EVENT_REGISTRATION_FAILED].id, "cdbbebfc59014986b7ac7e459e3be154");
    assert_string_equal(event_kinds[EVENT_RENEWAL_FAILED].id, "6ee53dfce3634803944e041ee3c9203f");
    assert_string_equal(event_kinds[EVENT_CERTIFICATE_EXPIRES].id, "bb41fd19981b4f6aa61b4fd8ab185ba6");
    assert_string_equal(event_kinds[EVENT_CERTIFICATE_EXPIRED].id, "9e236463b9664a858d883564a3656e7a");
    assert_string_equal(event_kinds[EVENT_REMOVED_IN_PORTAL].id, "d5396e0c0307491ba4afb4179f8acbe6");
    assert_string_equal(event_kinds[EVENT_IDENTITY_CHANGED].id, "62b324dee0234cd594d01e660df51aad");
    assert_string_equal(event_kinds[EVENT_SETTINGS_COMMITTED].id, "63eafe2bed4b4a67b51a620bf43d0892");
}

/* What the log prints of an event, at a level of the log. */
static void check_line(int level, enum event event, const char *message, const char *expected)
{
    const struct event_field fields[] = { { "TR_GUID", "x" }, { "TR_SERVER", NULL }, { NULL } };
    struct log_lines lines;

    log_lines_begin(&lines, level);
    event_send(event, fields, message);
    assert_string_equal(log_lines_end(&lines), expected);
}

static void test_without_a_journal(void **state)
{
    (void)state;
    log_open();
    assert_false(log_is_journal());
    check_line(LOG_INFO, EVENT_REGISTERED, "It is.", "It is.\n");
    check_line(LOG_INFO, EVENT_REGISTRATION_FAILED, "a\nb\033%s", "a\\x0ab\\x1b%s\n");
    check_line(LOG_WARNING, EVENT_REGISTERED, "It is.", "");
    check_line(LOG_WARNING, EVENT_RENEWAL_FAILED, "It is.", "It is.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_without_a_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
