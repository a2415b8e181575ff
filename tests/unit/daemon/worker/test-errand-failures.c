/* How calls of an errand fail: a worker that can't be reached, that ends, that is slow, and that says what makes no sense. */
#include "common/utf8.h"
#include "unit/helpers/daemon/errand-owner.h"

#define KEY "{\"privateKey\":\"K\"}"
#define SENSELESS "The worker's reply is malformed."

static void test_unreachable(void **state)
{
    struct errand_test *t = *state;
    struct errand_failure failure;
    char expected[256];

    fake_worker_close(&t->worker);
    errand_test_new(t, ERRAND_FOR_CLIENT);
    assert_false(errand_start_call(t->errand, &errand_test_call, json_object_new_object(), &failure));
    snprintf(expected, sizeof(expected),
        "The worker unix:%s can't be started or reached: Connection refused.", t->f.worker);
    assert_string_equal(failure.message, expected);
    assert_int_equal(failure.reason, REASON_WORKER_FAILED);
    assert_null(failure.details);
    fixture_settle(&t->f);
    errand_test_wait(t, 0);

    /* The errand tries anew with its next call. */
    assert_int_equal(unlink(t->f.worker), 0);
    fake_worker_listen(&t->worker, &t->f);
    fake_worker_attach(&t->worker);
    SCRIPT(&t->worker, { "GenerateKey", KEY });
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    assert_string_equal(t->text, KEY);
}

/* The sentence is cut between characters: it is shown to clients, who take UTF-8 only. */
static void test_long_address(void **state)
{
    struct errand_test *t = *state;
    struct errand_failure failure;
    const char *address = t->f.core->options.worker_address;
    char text[1200];

    errand_test_new(t, ERRAND_FOR_DAEMON);
    for (size_t shift = 0; shift < 2; shift++) {
        size_t size = (size_t)snprintf(text, sizeof(text), "/%s", shift ? "x" : "");

        while (size + 2 < sizeof(text) - 1)
            size += (size_t)snprintf(text + size, sizeof(text) - size, "\xc3\xa9");
        /* Only for the call: the fixture frees its own. */
        t->f.core->options.worker_address = text;
        bool started = errand_start_call(t->errand, &errand_test_call, json_object_new_object(), &failure);
        t->f.core->options.worker_address = address;
        assert_false(started);
        assert_true(strlen(failure.message) >= ERRAND_MESSAGE_MAX - 2);
        assert_true(utf8_is_printable(failure.message));
    }
}

static void test_ended_in_a_call(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", HANG_UP }, { "GenerateKey", SILENCE });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    errand_test_check_failure(t, "The worker hung up before it answered.");
    assert_int_equal(t->failures, 1);

    errand_test_start(t, &errand_test_stream);
    fake_worker_run(&t->worker, 2);
    assert_true(t->worker.more);
    fake_worker_answer_part(&t->worker, KEY);
    errand_test_wait(t, 2);
    fake_worker_hang_up(&t->worker);
    errand_test_wait(t, 3);
    errand_test_check_failure(t, "The worker hung up before it answered.");
    assert_int_equal(t->parts, 1);
}

/* A worker that ends while it is not asked has failed nothing: the loop rests, and the next call opens another one. */
static void test_ended_between_calls(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", KEY }, { "GenerateKey", KEY });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    fake_worker_hang_up(&t->worker);
    for (int turns = 0; sd_event_run(t->f.core->event, 0) > 0; turns++)
        assert_in_range(turns, 0, 100);
    errand_test_wait(t, 1);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 2);
    assert_int_equal(t->lasts, 2);
    assert_int_equal(t->worker.connections, 2);
}

/* What a worker says without being asked fails no call; it is not asked again. */
static void test_unasked_answer(void **state)
{
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", KEY }, { "GenerateKey", "{\"privateKey\":\"K2\"}" });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    fake_worker_answer(&t->worker, KEY);
    while (t->worker.fd >= 0)
        fixture_turn(&t->f);
    errand_test_wait(t, 1);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 2);
    assert_string_equal(t->text, "{\"privateKey\":\"K2\"}");
    assert_int_equal(t->worker.connections, 2);
}

static void test_timeout(void **state)
{
    static const struct answer answer = { "GenerateKey", "={\"parameters\":" KEY ",\"continues\":true}" };
    struct errand_test *t = *state;

    SCRIPT(&t->worker, { "GenerateKey", SILENCE });
    t->f.core->config->worker_timeout = 1000;
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    errand_test_check_failure(t, "The worker did not answer in time.");

    /* It holds for each of several replies: for the second one, too, however slow the machine is. */
    for (uint64_t timeout = 1000; t->parts == 0; timeout *= 2) {
        fake_worker_set(&t->worker, &answer, 1);
        t->failures = 0;
        t->f.core->config->worker_timeout = timeout;
        errand_test_start(t, &errand_test_stream);
        while (t->failures == 0)
            fixture_turn(&t->f);
        errand_test_check_failure(t, "The worker did not answer in time.");
    }
    assert_int_equal(t->parts, 1);
}

static void answer_parts(struct errand_test *t, size_t n)
{
    size_t before = t->parts;

    for (size_t i = 1; i <= n; i++) {
        fake_worker_answer_part(&t->worker, KEY);
        /* Not more than the socket takes. */
        if (i % 16 == 0 || i == n)
            errand_test_wait(t, before + t->lasts + t->failures + i);
    }
}

/* The last of the allowed replies may be the end of the call; another one is too many. The count is of one call. */
static void test_too_many_replies(void **state)
{
    struct errand_test *t = *state;
    char expected[128];

    SCRIPT(&t->worker, { "GenerateKey", SILENCE }, { "GenerateKey", SILENCE });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_stream);
    fake_worker_run(&t->worker, 1);
    answer_parts(t, ERRAND_REPLIES_MAX - 1);
    fake_worker_answer(&t->worker, KEY);
    errand_test_wait(t, ERRAND_REPLIES_MAX);
    assert_int_equal(t->lasts, 1);

    errand_test_start(t, &errand_test_stream);
    fake_worker_run(&t->worker, 2);
    answer_parts(t, ERRAND_REPLIES_MAX);
    assert_int_equal(t->failures, 0);
    fake_worker_answer(&t->worker, KEY);
    errand_test_wait(t, 2 * ERRAND_REPLIES_MAX + 1);
    snprintf(expected, sizeof(expected), "The worker answered GenerateKey with more than %d replies.",
        ERRAND_REPLIES_MAX);
    errand_test_check_failure(t, expected);
    assert_int_equal(t->lasts, 1);
    /* It is not asked again. */
    while (t->worker.fd >= 0)
        fixture_turn(&t->f);
}

/* Each is the failure of the worker, which is closed. */
static void check_answer_of(struct errand_test *t, const char *text, enum reason reason, const char *message)
{
    const struct answer answer = { "GenerateKey", text };

    print_message("%s\n", text);
    t->parts = t->lasts = t->failures = 0;
    fake_worker_set(&t->worker, &answer, 1);
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    errand_test_wait(t, 1);
    assert_int_equal(t->failures, 1);
    errand_test_check_failure_of(t, reason, message);
    while (t->worker.fd >= 0)
        fixture_turn(&t->f);
    t->errand = errand_free(t->errand);
}

static void check_answer(struct errand_test *t, const char *text, const char *message)
{
    check_answer_of(t, text, REASON_WORKER_FAILED, message);
}

static void test_senseless_replies(void **state)
{
    static const char *const replies[] = {
        "={}",
        "={\"parameters\":null}",
        "{}",
        "{\"privateKey\":1}",
        "{\"privateKey\":null}",
        "{\"privateKey\":\"\"}",
        "{\"privateKey\":[\"K\"]}",
        "{\"privateKey\":\"K\",\"more\":1}",
        "{\"PrivateKey\":\"K\"}",
    };
    char *large = NULL;
    struct errand_test *t = *state;

    for (size_t i = 0; i < ELEMENTS(replies); i++)
        check_answer(t, replies[i], SENSELESS);
    /* The table has a limit of 16 KiB. */
    assert_true(asprintf(&large, "{\"privateKey\":\"%*s\"}", 16385, "K") > 0);
    assert_non_null(large);
    SCRIPT(&t->worker, { "GenerateKey", SILENCE });
    errand_test_new(t, ERRAND_FOR_DAEMON);
    errand_test_start(t, &errand_test_call);
    fake_worker_run(&t->worker, 1);
    t->failures = 0;
    fake_worker_answer(&t->worker, large);
    errand_test_wait(t, 1);
    errand_test_check_failure(t, SENSELESS);
    free(large);
}

#define FAILED "={\"error\":\"org.threatresponse.worker.Failed\""

static void test_senseless_failures(void **state)
{
    static const char *const answers[] = {
        FAILED "}",
        FAILED ",\"parameters\":{}}",
        FAILED ",\"parameters\":{\"message\":\"m\"}}",
        FAILED ",\"parameters\":{\"reason\":\"dns_failed\"}}",
        FAILED ",\"parameters\":{\"reason\":\"\",\"message\":\"m\"}}",
        FAILED ",\"parameters\":{\"reason\":\"boredom\",\"message\":\"m\"}}",
        FAILED ",\"parameters\":{\"reason\":\"DNS_FAILED\",\"message\":\"m\"}}",
        FAILED ",\"parameters\":{\"reason\":7,\"message\":\"m\"}}",
        FAILED ",\"parameters\":{\"reason\":\"dns_failed\",\"message\":\"\"}}",
        FAILED ",\"parameters\":{\"reason\":\"dns_failed\",\"message\":7}}",
        "!dns_failed,\"other\":1",
        "!dns_failed,\"httpStatus\":-1",
        "!dns_failed,\"httpStatus\":1000",
        "!dns_failed,\"httpStatus\":\"404\"",
        "!dns_failed,\"retryAfter\":-1",
        "!dns_failed,\"retryAfter\":86401",
        "!dns_failed,\"clockOffset\":253402300800",
        "!dns_failed,\"requestId\":[]",
        "!dns_failed,\"region\":{}",
        "!dns_failed,\"keyType\":\"dsa\"",
    };
    struct errand_test *t = *state;

    for (size_t i = 0; i < ELEMENTS(answers); i++)
        check_answer(t, answers[i],
            "The worker answered GenerateKey with the error org.threatresponse.worker.Failed.");
}

static void test_other_errors(void **state)
{
    struct errand_test *t = *state;
    char text[1024];

    check_answer(t, "={\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"m\"}}",
        "The worker answered GenerateKey with the error org.varlink.service.MethodNotFound.");
    check_answer(t,
        "={\"error\":\"org.threatresponse.agent.Failed\",\"parameters\":{\"reason\":\"dns_failed\","
        "\"message\":\"m\"}}",
        "The worker answered GenerateKey with the error org.threatresponse.agent.Failed.");
    check_answer(t, "={\"error\":\"\"}", "The worker answered GenerateKey with the error .");
    check_answer(t, "=[]", "The worker sent something that is not a reply.");
    check_answer(t, "={\"error\":1}", "The worker sent something that is not a reply.");
    check_answer(t, "={\"error\":\"org.threatresponse.worker.Failed\",\"continues\":true}",
        "The worker sent something that is not a reply.");
    check_answer(t, "={\"parameters\":" KEY ",\"continues\":true}",
        "The worker announced more replies to a call that has one.");

    /* A name of any length is cut between characters. */
    for (int shift = 0; shift < 2; shift++) {
        const struct answer answer = { "GenerateKey", text };

        snprintf(text, sizeof(text), "={\"error\":\"%s", shift ? "xx" : "x");
        while (strlen(text) < 900)
            strcat(text, "\xc3\xa9");
        strcat(text, "\"}");
        fake_worker_set(&t->worker, &answer, 1);
        errand_test_new(t, ERRAND_FOR_DAEMON);
        t->failures = 0;
        errand_test_start(t, &errand_test_call);
        errand_test_wait(t, 1);
        assert_true(strlen(t->text) > 500);
        assert_true(utf8_is_printable(t->text));
        t->errand = errand_free(t->errand);
    }
}

/* A parameter that earlier answers have left in the state is a certificate that can't be used. */
static void test_refused_parameters(void **state)
{
    static const struct {
        const char *parameter;
        enum reason reason;
    } cases[] = {
        { "trustAnchors", REASON_CERTIFICATE_UNUSABLE },
        { "previous", REASON_CERTIFICATE_UNUSABLE },
        { "privateKey", REASON_CERTIFICATE_UNUSABLE },
        { "enrollment.secret", REASON_CERTIFICATE_UNUSABLE },
        { "credentials", REASON_CERTIFICATE_UNUSABLE },
        { "credentials.chain", REASON_CERTIFICATE_UNUSABLE },
        { "credentialsx", REASON_WORKER_FAILED },
        { "network.timeout", REASON_WORKER_FAILED },
        { "est.url", REASON_WORKER_FAILED },
        { "keyType", REASON_WORKER_FAILED },
        { "", REASON_WORKER_FAILED },
    };
    struct errand_test *t = *state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        char answer[256], message[256];

        snprintf(answer, sizeof(answer),
            "={\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"%s\"}}",
            cases[i].parameter);
        snprintf(message, sizeof(message), "The worker does not take the parameter %s of GenerateKey.",
            cases[i].parameter);
        check_answer_of(t, answer, cases[i].reason, message);
    }
    check_answer(t, "={\"error\":\"org.varlink.service.InvalidParameter\"}",
        "The worker does not take the parameter  of GenerateKey.");
}

/* What the cloud has refused is told with all that the worker knows of it; the worker can be asked again. */
static void test_told_failures(void **state)
{
    struct errand_test *t = *state;
    char text[64];

    errand_test_new(t, ERRAND_FOR_DAEMON);
    for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++) {
        const struct answer answer = { "GenerateKey", text };

        snprintf(text, sizeof(text), "!%s", reason_to_string(reason));
        fake_worker_set(&t->worker, &answer, 1);
        errand_test_start(t, &errand_test_call);
        errand_test_wait(t, reason - REASON_NONE);
        errand_test_check_told(t, reason, "It failed.");
    }
    assert_int_equal(t->worker.connections, 1);
    assert_int_equal(t->failures, REASON_MAX_ - 1 - REASON_NONE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, errand_test_set_up, errand_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unreachable),
        TEST(test_long_address),
        TEST(test_ended_in_a_call),
        TEST(test_ended_between_calls),
        TEST(test_unasked_answer),
        TEST(test_timeout),
        TEST(test_too_many_replies),
        TEST(test_senseless_replies),
        TEST(test_senseless_failures),
        TEST(test_other_errors),
        TEST(test_refused_parameters),
        TEST(test_told_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
