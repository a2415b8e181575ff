/* The faults of any call and of the handshake, each on an answer. */
#include "unit/helpers/sandbox/answer.h"
#include "unit/helpers/sandbox/faults.h"

#include "sandbox/faults/apply.h"

#define OVERSIZE (2 * 1024 * 1024)

static const struct request request = {
    .id = "request-7",
    .path = "/v1/contexts",
    .authorization = "Bearer SECRET",
    .body = "{\"token\":\"T\"}",
};

static struct answer answer;

/* Begins with the answer of a handler. */
static int set_up(void **state)
{
    (void)state;
    answer = (struct answer){ .status = 500, .request = &request };
    return answer_take_body(&answer, 200, "application/json", strdup("{}"), 2);
}

static int tear_down(void **state)
{
    (void)state;
    answer_done(&answer);
    return 0;
}

static void apply(enum fault_stage stage, struct fault fault, const char *kind)
{
    struct fault_set set = { .faults = { fault }, .n = 1 };

    set.faults[0].kind = fault_kind_find(kind);
    assert_int_equal(fault_apply(&set, stage, &answer), 1);
}

static void test_status(void **state)
{
    (void)state;
    apply(STAGE_INSTEAD, (struct fault){ .value = "503", .retry_after = "7" }, "status");
    assert_error(&answer, 503, "unavailable");
    assert_string_equal(header_of(&answer, "Retry-After"), "7");
    apply(STAGE_INSTEAD, (struct fault){ .value = "503", .code = "busy" }, "status");
    assert_error(&answer, 503, "busy");
    assert_null(header_of(&answer, "Retry-After"));
    apply(STAGE_INSTEAD, (struct fault){ .value = "599" }, "status");
    assert_error(&answer, 599, "server_error");
    apply(STAGE_INSTEAD, (struct fault){ .value = "418" }, "status");
    assert_error(&answer, 418, "fault");
}

static void test_status_without_an_error(void **state)
{
    (void)state;
    apply(STAGE_INSTEAD, (struct fault){ .value = "204" }, "status");
    assert_int_equal(answer.status, 204);
    assert_int_equal(answer.size, 0);
    apply(STAGE_INSTEAD, (struct fault){ .value = "302" }, "status");
    assert_int_equal(answer.status, 302);
    assert_string_equal(header_of(&answer, "Location"), "https://portal.example.org/");
}

static void test_echo(void **state)
{
    (void)state;
    apply(STAGE_INSTEAD, (struct fault){ .value = "401" }, "echo");
    assert_error(&answer, 401, "unauthorized");
    assert_non_null(strstr(answer.body, "You sent Bearer SECRET with {\\\"token\\\":\\\"T\\\"}."));
    assert_string_equal(header_of(&answer, "WWW-Authenticate"), "Basic realm=\"Bearer SECRET\"");
}

static void test_delay_and_drop(void **state)
{
    (void)state;
    apply(STAGE_BEFORE, (struct fault){ .value = "0.25" }, "delay");
    apply(STAGE_BEFORE, (struct fault){ .value = "2" }, "delay");
    assert_int_equal(answer.delay, 2250);
    assert_false(answer.drop);
    apply(STAGE_AFTER, (struct fault){ .value = NULL }, "drop-after");
    assert_true(answer.drop);
    answer.drop = false;
    apply(STAGE_BEFORE, (struct fault){ .value = NULL }, "drop");
    assert_true(answer.drop);
}

static void test_bodies(void **state)
{
    json_object *document = NULL;

    (void)state;
    apply(STAGE_AFTER, (struct fault){ .value = NULL }, "bad-json");
    assert_int_not_equal(json_parse(answer.body, answer.size, &document), 0);
    assert_string_equal(header_of(&answer, "Content-Type"), "application/json");
    apply(STAGE_AFTER, (struct fault){ .value = "text/x-odd" }, "content-type");
    assert_string_equal(header_of(&answer, "Content-Type"), "text/x-odd");
    apply(STAGE_AFTER, (struct fault){ .value = NULL }, "empty");
    assert_int_equal(answer.size, 0);
    assert_int_equal(answer.status, 200);
    apply(STAGE_INSTEAD, (struct fault){ .value = NULL }, "html");
    assert_non_null(strstr(answer.body, "<h1>Welcome</h1>"));
    assert_int_equal(answer.size, strlen(answer.body));
    assert_string_equal(header_of(&answer, "Content-Type"), "text/html; charset=utf-8");
}

static void test_oversize(void **state)
{
    json_object *document = NULL;

    (void)state;
    apply(STAGE_AFTER, (struct fault){ .value = NULL }, "oversize");
    assert_int_equal(answer.size, OVERSIZE);
    assert_int_equal(answer.body[OVERSIZE - 1], ' ');
    /* it is still the same document */
    assert_int_equal(json_parse(answer.body, answer.size, &document), 0);
    json_object_put(document);
}

static void test_a_status_that_forbids_a_body(void **state)
{
    static const char *const kinds[] = { "truncate", "oversize", "bad-json" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(kinds); i++) {
        assert_int_equal(answer_set_empty(&answer, 204, "deleted"), 0);
        apply(STAGE_AFTER, (struct fault){ .value = NULL }, kinds[i]);
        assert_int_equal(answer.status, 200);
    }
    assert_true(answer.truncate);
}

static void test_redirects(void **state)
{
    (void)state;
    apply(STAGE_INSTEAD, (struct fault){ .value = "same" }, "redirect");
    assert_int_equal(answer.status, 307);
    assert_string_equal(header_of(&answer, "Location"), "/v1/contexts?moved");
    apply(STAGE_INSTEAD, (struct fault){ .value = "relative" }, "redirect");
    assert_int_equal(answer.status, 307);
    assert_string_equal(header_of(&answer, "Location"), "contexts?moved");
    apply(STAGE_INSTEAD, (struct fault){ .value = "other" }, "redirect");
    assert_int_equal(answer.status, 307);
    assert_string_equal(header_of(&answer, "Location"), "https://portal.example.org/");
}

static void test_handshakes(void **state)
{
    (void)state;
    apply(STAGE_BEFORE, (struct fault){ .value = "expired" }, "certificate");
    assert_int_equal(answer.certificate, TLS_EXPIRED);
    apply(STAGE_BEFORE, (struct fault){ .value = "foreign" }, "certificate");
    assert_int_equal(answer.certificate, TLS_FOREIGN);
    apply(STAGE_BEFORE, (struct fault){ .value = "wrong-name" }, "certificate");
    assert_int_equal(answer.certificate, TLS_WRONG_NAME);
    apply(STAGE_BEFORE, (struct fault){ .value = "single" }, "client");
    assert_int_equal(answer.client_rule, CLIENT_SINGLE);
    apply(STAGE_BEFORE, (struct fault){ .value = "two-issuers" }, "client");
    assert_int_equal(answer.client_rule, CLIENT_TWO_ISSUERS);
    apply(STAGE_BEFORE, (struct fault){ .value = "required" }, "client");
    assert_int_equal(answer.client_rule, CLIENT_REQUIRED);
    apply(STAGE_BEFORE, (struct fault){ .value = "chain" }, "client");
    assert_int_equal(answer.client_rule, CLIENT_CHAIN);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_status),
        TEST(test_status_without_an_error),
        TEST(test_echo),
        TEST(test_delay_and_drop),
        TEST(test_bodies),
        TEST(test_oversize),
        TEST(test_a_status_that_forbids_a_body),
        TEST(test_redirects),
        TEST(test_handshakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
