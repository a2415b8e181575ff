/* An errand's life: when a worker is opened and closed, how many there may be, what its owner may do in a callback. */
#include "unit/helpers/daemon/errand-owner.h"

#define KEY "{\"privateKey\":\"K\"}"

static void test_opened_by_its_first_call(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", KEY }, { "GenerateKey", "{\"privateKey\":\"K2\"}" });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    fixture_settle(&t->f);
    assert_int_equal(t->worker.connections, 0);

    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    assert_string_equal(t->text, KEY);
    assert_int_equal(t->lasts, 1);
    assert_false(t->worker.more);

    /* The worker stays for the next call. */
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 2);
    assert_string_equal(t->text, "{\"privateKey\":\"K2\"}");
    assert_int_equal(t->worker.connections, 1);
}

static void test_limit_for_clients(void **state)
{
    struct errand_test *t = *state;
    struct errand *errands[ERRANDS_FOR_CLIENTS_MAX], *own[3], *kept;

    for (size_t i = 0; i < ELEMENTS(errands); i++)
        assert_int_equal(errand_new(t->f.core, ERRAND_FOR_CLIENT, &errand_test_owner, t, &errands[i]), 0);
    kept = errands[0];
    assert_int_equal(errand_new(t->f.core, ERRAND_FOR_CLIENT, &errand_test_owner, t, &kept), -EBUSY);
    assert_ptr_equal(kept, errands[0]);
    /* The daemon's own are not counted, neither when they come nor when they go. */
    for (size_t i = 0; i < ELEMENTS(own); i++)
        assert_int_equal(errand_new(t->f.core, ERRAND_FOR_DAEMON, &errand_test_owner, t, &own[i]), 0);
    for (size_t i = 0; i < ELEMENTS(own); i++)
        assert_null(errand_free(own[i]));
    assert_int_equal(errand_new(t->f.core, ERRAND_FOR_CLIENT, &errand_test_owner, t, &kept), -EBUSY);

    /* Each place that is freed can be taken once. */
    errands[3] = errand_free(errands[3]);
    assert_int_equal(errand_new(t->f.core, ERRAND_FOR_CLIENT, &errand_test_owner, t, &errands[3]), 0);
    assert_int_equal(errand_new(t->f.core, ERRAND_FOR_CLIENT, &errand_test_owner, t, &kept), -EBUSY);
    for (size_t i = 0; i < ELEMENTS(errands); i++)
        errand_free(errands[i]);
    assert_int_equal(t->f.core->errands_for_clients, 0);
    assert_null(errand_free(NULL));
    assert_int_equal(t->f.core->errands_for_clients, 0);
}

/* A client's errand gives its place back however its call has ended. */
static void test_places_of_failed_calls(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", HANG_UP }, { "GenerateKey", SILENCE });
    errand_test_new(t, ERRAND_FOR_CLIENT);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    assert_int_equal(t->f.core->errands_for_clients, 1);
    t->errand = errand_free(t->errand);
    assert_int_equal(t->f.core->errands_for_clients, 0);

    errand_test_new(t, ERRAND_FOR_CLIENT);
    errand_test_start(t, &errand_test_call);
    fake_worker_run(&t->worker, 2);
    t->errand = errand_free(t->errand);
    assert_int_equal(t->f.core->errands_for_clients, 0);
}

/* The worker sees that nobody waits any more, and the owner is told nothing. */
static void test_freed_in_a_call(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", SILENCE });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    fake_worker_run(&t->worker, 1);
    t->errand = errand_free(t->errand);
    while (t->worker.fd >= 0)
        fixture_turn(&t->f);
    errand_test_wait(t, 0);
}

static void pause_errand(struct errand_test *t)
{
    errand_pause(t->errand);
}

/* Goes on within the callback that has paused. */
static void pause_and_resume(struct errand_test *t)
{
    errand_pause(t->errand);
    errand_resume(t->errand);
}

/* Replies wait for an owner that can't take them, whether they came before or after the pause, and no reply
 * gets lost. */
static void test_paused(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", SILENCE });
    errand_test_new(t, ERRAND_FOR_CLIENT);
    errand_test_start(t, &errand_test_stream);
    fake_worker_run(&t->worker, 1);
    t->then = pause_errand;
    fake_worker_answer_part(&t->worker, KEY);
    fake_worker_answer_part(&t->worker, "{\"privateKey\":\"K2\"}");
    errand_test_wait(t, 1);
    fixture_settle(&t->f);
    errand_test_wait(t, 1);
    assert_string_equal(t->text, KEY);

    errand_resume(t->errand);
    errand_test_wait(t, 2);
    assert_string_equal(t->text, "{\"privateKey\":\"K2\"}");
    fake_worker_answer_part(&t->worker, "{\"privateKey\":\"K3\"}");
    fixture_settle(&t->f);
    errand_test_wait(t, 2);

    t->then = pause_and_resume;
    errand_resume(t->errand);
    errand_resume(t->errand);
    fake_worker_answer_part(&t->worker, KEY);
    fake_worker_answer(&t->worker, KEY);
    errand_test_wait(t, 5);
    assert_int_equal(t->lasts, 1);
    assert_int_equal(t->failures, 0);
}

/* A worker that dies in a pause is noticed, and an errand can be freed in one. */
static void test_freed_in_a_pause(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", SILENCE }, { "GenerateKey", SILENCE });
    for (size_t i = 1; i <= 2; i++) {
        t->parts = t->lasts = t->failures = 0;
        t->then = pause_errand;
        errand_test_new(t, ERRAND_FOR_CLIENT);
        errand_test_start(t, &errand_test_stream);
        fake_worker_run(&t->worker, i);
        fake_worker_answer_part(&t->worker, KEY);
        errand_test_wait(t, 1);
        t->then = NULL;
        if (i == 1)
            fake_worker_hang_up(&t->worker);
        fixture_settle(&t->f);
        errand_resume(t->errand);
        if (i == 1)
            errand_test_wait(t, 2);
        assert_int_equal(t->failures, i == 1);
        t->errand = errand_free(t->errand);
        fixture_settle(&t->f);
    }
}

static void free_errand(struct errand_test *t)
{
    t->errand = errand_free(t->errand);
}

/* An errand may be freed in each of its callbacks, though more has come already: none follows. */
static void test_freed_in_callbacks(void **state)
{
    static const struct {
        const char *answer; /* to the only call */
        bool streams, part, failure;
    } cases[] = {
        { KEY, false, false, false },
        { KEY, true, false, false },
        { "={\"parameters\":" KEY ",\"continues\":true}", true, true, false },
        { "!dns_failed", false, false, true },
        { "!dns_failed", true, false, true },
        { "{}", false, false, true },
        { "={\"error\":\"a.B\"}", false, false, true },
        { "=[", false, false, true },
        { HANG_UP, false, false, true },
        { HANG_UP, true, false, true },
    };
    struct errand_test *t = *state;

    t->then = free_errand;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct answer answer = { "GenerateKey", cases[i].answer };

        t->parts = t->lasts = t->failures = 0;
        fake_worker_set(&t->worker, &answer, 1);
        errand_test_new(t, ERRAND_FOR_CLIENT);
        errand_test_start(t, cases[i].streams ? &errand_test_stream : &errand_test_call);
        fake_worker_run(&t->worker, 1);
        if (cases[i].part)
            fake_worker_answer(&t->worker, KEY);
        errand_test_wait(t, 1);
        assert_int_equal(t->parts, cases[i].part);
        assert_int_equal(t->failures, cases[i].failure);
        assert_null(t->errand);
        while (t->worker.fd >= 0)
            fixture_turn(&t->f);
        errand_test_wait(t, 1);
        assert_int_equal(t->f.core->errands_for_clients, 0);
    }
}

static void start_second_call(struct errand_test *t)
{
    t->then = NULL;
    errand_test_start(t, &errand_test_call);
}

/* The next call can be made at once: of the same worker after an answer, of another one after a failure of the first. */
static void test_next_call_in_a_callback(void **state)
{
    static const struct {
        const char *answer;
        size_t connections; /* in all */
    } cases[] = {
        { KEY, 1 },
        { "!dns_failed", 1 },
        { "{}", 2 },
        { "={\"error\":\"a.B\"}", 2 },
        { "=[", 2 },
        { HANG_UP, 2 },
    };
    struct errand_test *t = *state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct answer answers[] = { { "GenerateKey", cases[i].answer }, { "GenerateKey", KEY } };

        t->parts = t->lasts = t->failures = t->worker.connections = 0;
        t->then = start_second_call;
        fake_worker_set(&t->worker, answers, ELEMENTS(answers));
        errand_test_new(t, ERRAND_FOR_DAEMON);
        errand_test_start(t, &errand_test_call);
        errand_test_wait(t, 2);
        assert_string_equal(t->text, KEY);
        assert_int_equal(t->failures, i > 0);
        assert_int_equal(t->worker.connections, cases[i].connections);
        t->errand = errand_free(t->errand);
        fixture_settle(&t->f);
    }
}

/* Reloads and makes the next call. */
static void reload_and_call(struct errand_test *t)
{
    t->f.core->reloads++;
    start_second_call(t);
}

/* A worker knows the trust anchors that were configured when it was opened: after a reload another one is asked. */
static void test_reload_between_calls(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", KEY }, { "GenerateKey", KEY }, { "GenerateKey", KEY },
        { "GenerateKey", KEY });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    t->f.core->reloads++;
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 2);
    assert_int_equal(t->worker.connections, 2);

    /* And within a callback; the call after that stays with the newest worker. */
    t->then = reload_and_call;
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 4);
    assert_int_equal(t->worker.connections, 3);
    assert_int_equal(t->failures, 0);
}

/* Without parameters, as there was no memory for them, nothing is asked, and the errand is as good as before. */
static void test_no_parameters(void **state)
{
    struct errand_test *t = *state;
    struct errand_failure failure;

    SCRIPT(&t->worker, { "GenerateKey", KEY });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    assert_false(errand_start_call(t->errand, &errand_test_call, NULL, &failure));
    assert_int_equal(failure.reason, REASON_WORKER_FAILED);
    assert_string_equal(failure.message, "The call can't be sent to the worker: Cannot allocate memory.");
    assert_null(failure.details);
    fixture_settle(&t->f);
    errand_test_wait(t, 0);
    assert_int_equal(t->worker.asked, 0);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    assert_string_equal(t->text, KEY);
}

static void fail_to_call_again(struct errand_test *t)
{
    struct errand_failure failure;

    assert_false(errand_start_call(t->errand, &errand_test_call, json_object_new_object(), &failure));
    assert_int_equal(failure.reason, REASON_WORKER_FAILED);
    assert_string_equal(failure.message, "The worker has not answered GenerateKey yet.");
}

/* One call at a time: a second one is refused and does not disturb the first, neither before its reply nor between two. */
static void test_one_call_at_a_time(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", SILENCE });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_stream);
    fail_to_call_again(t);
    fake_worker_run(&t->worker, 1);
    t->then = fail_to_call_again;
    fake_worker_answer_part(&t->worker, KEY);
    errand_test_wait(t, 1);
    t->then = NULL;
    fake_worker_answer(&t->worker, KEY);
    errand_test_wait(t, 2);
    assert_int_equal(t->lasts, 1);
    assert_int_equal(t->worker.asked, 1);
}

/* Makes parameters with a secret, of which the test keeps its own reference. */
static json_object *make_secret(json_object **ret_parameters)
{
    json_object *secret = json_object_new_string("top secret");

    *ret_parameters = json_object_new_object();
    json_object_object_add(*ret_parameters, "secret", json_object_get(secret));
    return secret;
}

/* Whatever comes of a call, its parameters are overwritten. */
static void test_parameters_are_erased(void **state)
{
    struct errand_test *t = *state;
    struct errand_failure failure;
    json_object *parameters;

    SCRIPT(&t->worker, { "GenerateKey", KEY });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    json_object *secret = make_secret(&parameters);
    assert_true(errand_start_call(t->errand, &errand_test_call, parameters, &failure));
    assert_null(strstr(json_object_get_string(secret), "secret"));
    json_object_put(secret);
    errand_test_wait(t, 1);
    assert_string_equal(json_get_string(t->worker.parameters, "secret"), "top secret");

    /* The worker is gone, and another one can't be reached. */
    t->f.core->reloads++;
    fake_worker_close(&t->worker);
    secret = make_secret(&parameters);
    assert_false(errand_start_call(t->errand, &errand_test_call, parameters, &failure));
    assert_null(strstr(json_object_get_string(secret), "secret"));
    json_object_put(secret);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, errand_test_set_up, errand_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_opened_by_its_first_call),
        TEST(test_limit_for_clients),
        TEST(test_places_of_failed_calls),
        TEST(test_paused),
        TEST(test_freed_in_a_pause),
        TEST(test_freed_in_a_call),
        TEST(test_freed_in_callbacks),
        TEST(test_next_call_in_a_callback),
        TEST(test_reload_between_calls),
        TEST(test_one_call_at_a_time),
        TEST(test_no_parameters),
        TEST(test_parameters_are_erased),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
