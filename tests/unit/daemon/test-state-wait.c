/* The pauses until the daemon ends to look for its state again: they grow with the time that it lasts. */
#include "unit/helpers/daemon/fixture.h"

#include <limits.h>
#include <sys/time.h>

static char *mark_of(const struct fixture *f)
{
    static char mark[128];

    snprintf(mark, sizeof(mark), "%s.waiting", f->socket);
    return mark;
}

/* The pause in seconds, if the fault has lasted for so many (negative: it begins). */
static int64_t pause_after(struct fixture *f, time_t age)
{
    struct state_wait wait = { 0 };
    uint64_t at, now = clock_usec(CLOCK_MONOTONIC);

    unlink(mark_of(f));
    if (age >= 0) {
        const struct timeval then[2] = { { time(NULL) - age, 0 }, { time(NULL) - age, 0 } };

        fixture_write(mark_of(f), "");
        assert_int_equal(utimes(mark_of(f), then), 0);
    }
    assert_int_equal(state_wait_start(&wait, f->core, NULL, NULL), 0);
    assert_int_equal(access(mark_of(f), F_OK), 0);
    assert_true(sd_event_source_get_time(wait.timer, &at) >= 0);
    state_wait_stop(&wait);
    state_wait_stop(&wait);
    return (int64_t)((at - now) / USEC_PER_SEC);
}

static void test_pauses(void **state)
{
    static const struct {
        time_t age;
        int64_t least, most; /* seconds may pass between the two looks at the clock */
    } rows[] = {
        { -1, 1, 1 },
        { 0, 1, 1 },
        { 7, 1, 2 },
        { 40, 10, 11 },
        { 200, 50, 51 },
        { 240, 60, 60 },
        { 100000, 60, 60 },
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "");
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        int64_t pause = pause_after(&f, rows[i].age);

        assert_true(pause >= rows[i].least && pause <= rows[i].most);
    }
    state_wait_forget(f.core);
    assert_int_equal(access(mark_of(&f), F_OK), -1);
    state_wait_forget(f.core);
    fixture_close(&f);
}

/* A clock that was set back is no reason to wait for long. */
static void test_a_mark_of_the_future(void **state)
{
    const struct timeval then[2] = { { time(NULL) + 1000, 0 }, { time(NULL) + 1000, 0 } };
    struct state_wait wait = { 0 };
    struct fixture f;
    uint64_t at, now = clock_usec(CLOCK_MONOTONIC);

    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "");
    fixture_write(mark_of(&f), "");
    assert_int_equal(utimes(mark_of(&f), then), 0);
    assert_int_equal(state_wait_start(&wait, f.core, NULL, NULL), 0);
    assert_true(sd_event_source_get_time(wait.timer, &at) >= 0);
    assert_int_equal((at - now) / USEC_PER_SEC, 1);
    state_wait_stop(&wait);
    fixture_close(&f);
}

/* At the end of the pause the loop ends, with the exit code that systemd restarts on. */
static void test_the_end(void **state)
{
    struct state_wait wait = { 0 };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "");
    f.core->store.lost = true;
    assert_int_equal(state_wait_start(&wait, f.core, NULL, NULL), 0);
    assert_int_equal(sd_event_source_set_time(wait.timer, 1), 0);
    fixture_turn(&f);
    int code = -1;
    assert_true(sd_event_get_exit_code(f.core->event, &code) >= 0);
    assert_int_equal(code, STATE_WAIT_EXIT);
    state_wait_stop(&wait);
    fixture_close(&f);
}

static int take(void *userdata)
{
    ++*(int *)userdata;
    return 0;
}

static void let_the_pause_end(struct fixture *f, struct state_wait *wait)
{
    assert_int_equal(sd_event_source_set_time(wait->timer, 1), 0);
    fixture_turn(f);
}

/* With a function it looks for the state by itself, and ends nothing. */
static void test_a_state_that_comes_back(void **state)
{
    struct state_wait wait = { 0 };
    struct fixture f;
    int taken = 0;

    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "");
    f.core->store.lost = true;
    assert_int_equal(state_wait_start(&wait, f.core, take, &taken), 0);
    let_the_pause_end(&f, &wait);
    assert_int_equal(taken, 0);
    fixture_write_state(&f, "{}");
    let_the_pause_end(&f, &wait);
    assert_int_equal(taken, 1);
    assert_null(wait.timer);
    assert_int_equal(sd_event_get_exit_code(f.core->event, &taken), -ENODATA);
    fixture_close(&f);
}

/* An administrator who starts as new ends the waiting. */
static void test_a_decision(void **state)
{
    struct state_wait wait = { 0 };
    struct fixture f;
    int code;

    (void)state;
    fixture_open(&f);
    fixture_start_core(&f, "");
    f.core->store.lost = f.core->store.read_only = true;
    assert_int_equal(state_wait_start(&wait, f.core, NULL, NULL), 0);
    store_start_as_new(&f.core->store);
    assert_false(f.core->store.read_only);
    let_the_pause_end(&f, &wait);
    assert_int_equal(sd_event_get_exit_code(f.core->event, &code), -ENODATA);
    state_wait_stop(&wait);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_a_mark_of_the_future),
        cmocka_unit_test(test_the_end),
        cmocka_unit_test(test_a_state_that_comes_back),
        cmocka_unit_test(test_a_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
