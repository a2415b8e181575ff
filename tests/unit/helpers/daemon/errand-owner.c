#include "unit/helpers/daemon/errand-owner.h"

#include "daemon/worker/replies.h"

const struct errand_call errand_test_call = { "GenerateKey", reply_generate_key, false };
const struct errand_call errand_test_stream = { "GenerateKey", reply_generate_key, true };

static void on_replied(void *userdata, json_object *parameters, bool last)
{
    struct errand_test *t = userdata;

    if (last)
        t->lasts++;
    else
        t->parts++;
    snprintf(t->text, sizeof(t->text), "%s", json_text(parameters, NULL));
    if (t->then)
        t->then(t);
}

static void on_failed(void *userdata, const struct errand_failure *failure)
{
    struct errand_test *t = userdata;

    t->failures++;
    t->reason = failure->reason;
    t->has_details = failure->details != NULL;
    snprintf(t->text, sizeof(t->text), "%s", failure->message);
    if (t->then)
        t->then(t);
}

const struct errand_owner errand_test_owner = { on_replied, on_failed };

int errand_test_set_up(void **state)
{
    struct errand_test *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    fixture_open(&t->f);
    fake_worker_listen(&t->worker, &t->f);
    fixture_start_core(&t->f, "");
    fake_worker_attach(&t->worker);
    *state = t;
    return 0;
}

int errand_test_tear_down(void **state)
{
    struct errand_test *t = *state;

    t->errand = errand_free(t->errand);
    fake_worker_close(&t->worker);
    fixture_close(&t->f);
    free(t);
    return 0;
}

void errand_test_new(struct errand_test *t, enum errand_party party)
{
    assert_int_equal(errand_new(t->f.core, party, &errand_test_owner, t, &t->errand), 0);
}

void errand_test_start(struct errand_test *t, const struct errand_call *call)
{
    struct errand_failure failure;

    if (!errand_start_call(t->errand, call, json_object_new_object(), &failure))
        fail_msg("%s", failure.message);
}

void errand_test_wait(struct errand_test *t, size_t callbacks)
{
    while (t->parts + t->lasts + t->failures < callbacks)
        fixture_turn(&t->f);
    assert_int_equal(t->parts + t->lasts + t->failures, callbacks);
}

void errand_test_check_failure_of(const struct errand_test *t, enum reason reason, const char *message)
{
    assert_string_equal(t->text, message);
    assert_int_equal(t->reason, reason);
    assert_false(t->has_details);
}

void errand_test_check_failure(const struct errand_test *t, const char *message)
{
    errand_test_check_failure_of(t, REASON_WORKER_FAILED, message);
}

void errand_test_check_told(const struct errand_test *t, enum reason reason, const char *message)
{
    assert_string_equal(t->text, message);
    assert_int_equal(t->reason, reason);
    assert_true(t->has_details);
}
