/* An answer while it is being made: its headers, its body, its errors. */
#include "sandbox/web/answer.h"

#include "unit/helpers/sandbox/answer.h"
#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <time.h>

static const struct request request = { .id = "request-7" };

static void test_headers(void **state)
{
    _cleanup_(answer_done) struct answer answer = { .status = 500 };

    (void)state;
    assert_int_equal(answer_add_header(&answer, "A", "1"), 0);
    assert_int_equal(answer_add_header(&answer, "B", "2"), 0);
    assert_int_equal(answer_add_header(&answer, "A", "3"), 0);
    assert_int_equal(answer.n_headers, 3);
    assert_string_equal(header_of(&answer, "A"), "1");
    assert_int_equal(answer_set_header(&answer, "a", "4"), 0);
    assert_int_equal(answer.n_headers, 2);
    assert_string_equal(header_of(&answer, "A"), "4");
    answer_drop_header(&answer, "b");
    assert_null(header_of(&answer, "B"));
    answer_drop_header(&answer, "b");
    assert_int_equal(answer.n_headers, 1);
}

static void test_too_many_headers(void **state)
{
    _cleanup_(answer_done) struct answer answer = { .status = 500 };

    (void)state;
    for (size_t i = 0; i < ANSWER_HEADERS; i++)
        assert_int_equal(answer_add_header(&answer, "A", "1"), 0);
    assert_int_equal(answer_add_header(&answer, "B", "1"), -E2BIG);
    assert_int_equal(answer.n_headers, ANSWER_HEADERS);
    /* the others make room for it */
    assert_int_equal(answer_set_header(&answer, "A", "2"), 0);
    assert_int_equal(answer.n_headers, 1);
}

static void test_errors(void **state)
{
    _cleanup_(answer_done) struct answer answer = { .status = 500, .request = &request };

    (void)state;
    assert_int_equal(answer_set_error(&answer, 404, "not_found", "It \"is\" not here."), 0);
    assert_error(&answer, 404, "not_found");
    assert_string_equal(answer.body,
        "{\"error\":{\"code\":\"not_found\",\"message\":\"It \\\"is\\\" not here.\","
        "\"correlationId\":\"request-7\"}}");
    assert_string_equal(header_of(&answer, "Content-Type"), "application/json");
    answer.request = NULL;
    assert_int_equal(answer_set_region_error(&answer, 403, "wrong_region", "x", "APJC"), 0);
    assert_string_equal(answer.body, "{\"error\":{\"code\":\"wrong_region\",\"message\":\"x\","
                                     "\"correlationId\":\"\",\"region\":\"APJC\"}}");
    assert_int_equal(answer.n_headers, 1);
}

static void test_an_answer_replaces_the_one_before(void **state)
{
    _cleanup_(answer_done) struct answer answer = { .status = 500 };

    (void)state;
    assert_int_equal(answer_take_body(&answer, 200, "text/plain", strdup("abc"), 3), 0);
    assert_int_equal(answer_add_header(&answer, "Retry-After", "1"), 0);
    answer.base64 = true;
    assert_int_equal(answer_set_empty(&answer, 204, "none"), 0);
    assert_int_equal(answer.status, 204);
    assert_null(answer.body);
    assert_int_equal(answer.size, 0);
    assert_int_equal(answer.n_headers, 0);
    assert_false(answer.base64);
    assert_string_equal(answer.reason, "none");
}

static void test_another_body(void **state)
{
    _cleanup_(answer_done) struct answer answer = { .status = 500 };

    (void)state;
    assert_int_equal(answer_take_body(&answer, 200, "text/plain", strdup("abc"), 3), 0);
    assert_int_equal(answer_replace_body(&answer, "a\0c", 3), 0);
    assert_memory_equal(answer.body, "a\0c", 4);
    assert_int_equal(answer.size, 3);
    assert_int_equal(answer_replace_body(&answer, NULL, 0), 0);
    assert_string_equal(answer.body, "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(header_of(&answer, "Content-Type"), "text/plain");
}

static void test_dates(void **state)
{
    time_t before = time(NULL), date;
    char text[64], again[64];
    struct tm tm;

    (void)state;
    write_http_date(-86400, text, sizeof(text));
    assert_non_null(strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm));
    date = timegm(&tm);
    assert_in_range(date, before - 86400, time(NULL) - 86400);
    strftime(again, sizeof(again), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    assert_string_equal(text, again);
    write_http_date(0, text, 5);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_too_many_headers),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_an_answer_replaces_the_one_before),
        cmocka_unit_test(test_another_body),
        cmocka_unit_test(test_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
