/* Which endpoint a request is for, and the refusals of those that are for none. */
#include "sandbox/route.h"

#include "unit/helpers/sandbox/answer.h"

#include "sandbox/est/est.h"
#include "sandbox/faults/check.h"
#include "sandbox/sse/sse.h"

static struct answer answer;
static struct call call;

static int tear_down(void **state)
{
    (void)state;
    answer_done(&answer);
    return 0;
}

/* Returns the name of the endpoint, NULL if there is none. */
static const char *find(const char *host, const char *method, const char *path)
{
    struct request request = { .method = method, .path = path, .host = host_find(host), .id = "" };
    const struct endpoint *endpoint;

    answer_done(&answer);
    answer = (struct answer){ .status = 500 };
    call = (struct call){ .request = &request };
    endpoint = route_find(&call, &answer);
    return endpoint ? endpoint->name : NULL;
}

static const char *find_sse(const char *method, const char *path)
{
    return find("api-sse.cisco.com", method, path);
}

static const char *find_est(const char *method, const char *path)
{
    return find(EST_HOST, method, path);
}

static void test_sse(void **state)
{
    (void)state;
    assert_string_equal(find_sse("POST", "/v1/contexts"), "contexts");
    assert_string_equal(call.guid, "");
    assert_string_equal(find_sse("POST", "/v1/contexts/" GUID "/activations"), "activations");
    assert_string_equal(call.guid, GUID);
    assert_string_equal(find_sse("GET", "/v1/contexts/" GUID "/status"), "status");
    assert_string_equal(find_sse("POST", "/v1/contexts/" GUID "/refresh"), "refresh");
    assert_string_equal(find_sse("DELETE", "/v1/contexts/" GUID), "delete");
}

static void test_est(void **state)
{
    static const char *const names[] = { "cacerts", "csrattrs", "simpleenroll", "simplereenroll",
        "serverkeygen" };
    char path[64];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(names); i++) {
        const char *method = i < 2 ? "GET" : "POST";

        snprintf(path, sizeof(path), "/.well-known/est/%s", names[i]);
        assert_string_equal(find_est(method, path), names[i]);
        snprintf(path, sizeof(path), "/.well-known/est/eu/%s", names[i]);
        assert_string_equal(find_est(method, path), names[i]);
    }
}

static void test_no_such_path(void **state)
{
    static const char *const sse[] = { "/", "/v1", "/v1/contextsx", "/v1/contexts/" GUID "/nothing",
        "/v1/contexts/" GUID "/status/", "/v1/contexts/" GUID "/status/x", "/.well-known/est/cacerts" };
    static const char *const est[] = { "/.well-known/est", "/.well-known/est/", "/.well-known/est/eu",
        "/.well-known/est//cacerts", "/.well-known/est/a/b/cacerts", "/.well-known/est/cacerts/",
        "/.well-known/est/eu/", "/v1/contexts" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(sse); i++) {
        assert_null(find_sse("GET", sse[i]));
        assert_error(&answer, 404, "not_found");
    }
    for (size_t i = 0; i < ELEMENTS(est); i++) {
        assert_null(find_est("GET", est[i]));
        assert_error(&answer, 404, "not_found");
    }
}

static void test_other_methods(void **state)
{
    (void)state;
    assert_null(find_sse("GET", "/v1/contexts"));
    assert_error(&answer, 405, "method_not_allowed");
    assert_string_equal(header_of(&answer, "Allow"), "POST");
    assert_null(find_sse("post", "/v1/contexts"));
    assert_error(&answer, 405, "method_not_allowed");
    assert_null(find_est("POST", "/.well-known/est/eu/cacerts"));
    assert_string_equal(header_of(&answer, "Allow"), "GET");
}

static void test_guids(void **state)
{
    static const char *const bad[] = { "/v1/contexts//status", "/v1/contexts/x/status",
        "/v1/contexts/" GUID "5/status", "/v1/contexts/1111111A-2222-4333-8444-555555555555/status" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        assert_null(find_sse("GET", bad[i]));
        assert_error(&answer, 400, "malformed");
    }
    assert_null(find_sse("DELETE", "/v1/contexts/"));
    assert_error(&answer, 400, "malformed");
}

static void test_other_hosts(void **state)
{
    (void)state;
    assert_null(find("www.example.org", "POST", "/v1/contexts"));
    assert_error(&answer, 421, "misdirected");
    assert_null(find(NULL, "POST", "/v1/contexts"));
    assert_error(&answer, 421, "misdirected");
}

static void test_each_host_has_endpoints(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTS; i++) {
        assert_null(find(cloud_hosts[i].name, "GET", "/"));
        assert_error(&answer, 404, "not_found");
    }
}

/* The names of the endpoints are those that faults are set on. */
static void test_faults_can_be_set_on_each(void **state)
{
    (void)state;
    for (const struct endpoint *row = sse_endpoints; row->name; row++)
        assert_int_equal(fault_places(row->name), PLACE_HTTP);
    for (const struct endpoint *row = est_endpoints; row->name; row++)
        assert_int_equal(fault_places(row->name), PLACE_HTTP | PLACE_EST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_sse, tear_down),
        cmocka_unit_test_teardown(test_est, tear_down),
        cmocka_unit_test_teardown(test_no_such_path, tear_down),
        cmocka_unit_test_teardown(test_other_methods, tear_down),
        cmocka_unit_test_teardown(test_guids, tear_down),
        cmocka_unit_test_teardown(test_other_hosts, tear_down),
        cmocka_unit_test_teardown(test_each_host_has_endpoints, tear_down),
        cmocka_unit_test(test_faults_can_be_set_on_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
