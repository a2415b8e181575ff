/* The budget of the log for what clients cause: each kind of line, from one user and from many. */
#include "daemon/socket/peer-log.h"

#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/log-lines.h"

#define STRANGER 1000001

struct budget {
    struct fixture f;
    struct peer_log log;
    struct log_lines lines;
};

static int set_up(void **state)
{
    struct budget *b = calloc(1, sizeof(*b));

    assert_non_null(b);
    fixture_open(&b->f);
    fixture_start_core(&b->f, "");
    b->log.event = b->f.core->event;
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct budget *b = *state;

    peer_log_end_minute(&b->log);
    fixture_close(&b->f);
    free(b);
    return 0;
}

static void log_one(struct budget *b, enum peer_line kind, uid_t uid)
{
    const struct ucred peer = { .uid = uid, .pid = 1 << 30 };

    peer_log_line(&b->log, kind, &peer, "did %d", (int)kind);
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Ends the minute as its timer would. */
static void end_minute(struct budget *b)
{
    assert_non_null(b->log.minute);
    assert_true(sd_event_source_set_time(b->log.minute, 0) >= 0);
    fixture_settle(&b->f);
    assert_null(b->log.minute);
}

/* Each kind, 1000 times from several users in turn: the lines of the minute and of its end. */
static void test_kinds(void **state)
{
    static const char *const counted[PEER_LINES_MAX_] = { "refused calls", "bad messages",
        "unfinished messages", "refused connections", "ended connections", "unread answers", "failed errands",
        "failed accepts" };
    static const struct {
        uid_t users;
        size_t lines;
    } cases[] = { { 1, 1 }, { 9, 9 }, { 10, 10 }, { 70, PEER_LOG_LINES } };
    struct budget *b = *state;
    char expected[128];

    for (enum peer_line kind = 0; kind < PEER_LINES_MAX_; kind++)
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
            log_lines_begin(&b->lines, LOG_INFO);
            for (uid_t n = 0; n < 1000; n++)
                log_one(b, kind, STRANGER + n % cases[i].users);
            assert_int_equal(count_lines(log_lines_end(&b->lines)), cases[i].lines);
            log_lines_begin(&b->lines, LOG_INFO);
            end_minute(b);
            snprintf(expected, sizeof(expected), "More of clients in the last minute: %zu %s.\n",
                1000 - cases[i].lines, counted[kind]);
            assert_string_equal(log_lines_end(&b->lines), expected);
        }
}

/* All kinds from many users together have the one budget, and one line at its end. */
static void test_together(void **state)
{
    struct budget *b = *state;

    log_lines_begin(&b->lines, LOG_INFO);
    for (uid_t n = 0; n < 800; n++)
        log_one(b, n % PEER_LINES_MAX_, STRANGER + n % 70);
    assert_int_equal(count_lines(log_lines_end(&b->lines)), PEER_LOG_LINES);
    log_lines_begin(&b->lines, LOG_INFO);
    end_minute(b);
    assert_string_equal(log_lines_end(&b->lines),
        "More of clients in the last minute: 98 refused calls, 98 bad messages, 99 unfinished messages, "
        "99 refused connections, 99 ended connections, 99 unread answers, 99 failed errands, 99 failed "
        "accepts.\n");
}

/* One user's noise leaves room for the others' lines, and the next minute is a new one. */
static void test_fair(void **state)
{
    struct budget *b = *state;

    log_lines_begin(&b->lines, LOG_INFO);
    for (size_t n = 0; n < 1000; n++)
        log_one(b, n % 2 ? PEER_MESSAGE_BAD : PEER_CALL_REFUSED, STRANGER);
    log_one(b, PEER_CALL_REFUSED, STRANGER + 1);
    assert_string_equal(log_lines_end(&b->lines),
        "uid 1000001 (uid 1000001) did 0: pid 1073741824, program \"?\".\n"
        "uid 1000001 (uid 1000001) did 1: pid 1073741824, program \"?\".\n"
        "uid 1000002 (uid 1000002) did 0: pid 1073741824, program \"?\".\n");
    end_minute(b);
    log_lines_begin(&b->lines, LOG_INFO);
    log_one(b, PEER_CALL_REFUSED, STRANGER);
    end_minute(b);
    assert_string_equal(
        log_lines_end(&b->lines), "uid 1000001 (uid 1000001) did 0: pid 1073741824, program \"?\".\n");
}

/* A line that the level hides takes no place of one that is shown; the last count comes before the end. */
static void test_levels(void **state)
{
    struct budget *b = *state;

    log_lines_begin(&b->lines, LOG_WARNING);
    for (uid_t n = 0; n < 100; n++)
        log_one(b, PEER_MESSAGE_BAD, STRANGER + n);
    log_one(b, PEER_CALL_REFUSED, STRANGER);
    log_one(b, PEER_CALL_REFUSED, STRANGER);
    peer_log_end_minute(&b->log);
    peer_log_end_minute(&b->log);
    assert_string_equal(log_lines_end(&b->lines),
        "uid 1000001 (uid 1000001) did 0: pid 1073741824, program \"?\".\n"
        "More of clients in the last minute: 1 refused call.\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kinds),
        TEST(test_together),
        TEST(test_fair),
        TEST(test_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
