/* Calls that were understood lately: which are kept, and for which text they are found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "daemon/api/call-cache.h"

static const struct service_method method = { .name = "GetStatus" }, other_method = { .name = "Other" };

static bool keep(struct call_cache *cache, const char *text, const struct service_method *of)
{
    struct varlink_call call;
    char copy[256];

    snprintf(copy, sizeof(copy), "%s", text);
    assert_int_equal(varlink_call_parse(copy, strlen(copy), &call), 0);
    call_cache_keep(cache, text, strlen(text), &call, of);
    varlink_call_done(&call);
    return call_cache_find(cache, text, strlen(text)) != NULL;
}

static void test_found_by_the_same_bytes_only(void **state)
{
    static const char text[] = "{\"method\":\"a.b.C\",\"more\":true}";
    struct call_cache cache = { 0 };

    (void)state;
    assert_null(call_cache_find(&cache, text, strlen(text)));
    assert_true(keep(&cache, text, &method));
    const struct cached_call *found = call_cache_find(&cache, text, strlen(text));
    assert_non_null(found);
    assert_ptr_equal(found->method, &method);
    assert_string_equal(found->call.method, "a.b.C");
    assert_true(found->call.more);
    assert_false(found->call.oneway);

    assert_null(call_cache_find(&cache, text, strlen(text) - 1));
    assert_null(call_cache_find(&cache, "{\"method\":\"a.b.D\",\"more\":true}", strlen(text)));
    assert_null(call_cache_find(&cache, "", 0));
    call_cache_done(&cache);
    assert_null(call_cache_find(&cache, text, strlen(text)));
    call_cache_done(&cache);
}

static void test_what_is_kept(void **state)
{
    static const char fits[] = "{\"method\":\"org.threatresponse.agent.ClearStaged\"}";
    struct call_cache cache = { 0 };
    char text[256];

    (void)state;
    assert_true(keep(&cache, "{\"method\":\"a.B\",\"parameters\":{}}", &method));
    assert_false(keep(&cache, "{\"method\":\"a.B\",\"parameters\":{\"token\":\"secret\"}}", &method));
    assert_false(keep(&cache, "{\"method\":\"a.B\",\"parameters\":{\"x\":null}}", &method));
    assert_int_equal(snprintf(text, sizeof(text), "%-*s", CALL_CACHE_SIZE_MAX, fits), CALL_CACHE_SIZE_MAX);
    assert_true(keep(&cache, text, &method));
    assert_non_null(call_cache_find(&cache, text, strlen(text)));
    snprintf(text, sizeof(text), "%-*s", CALL_CACHE_SIZE_MAX + 1, fits);
    assert_false(keep(&cache, text, &method));
    call_cache_done(&cache);
}

static void test_a_newer_one_takes_the_place(void **state)
{
    struct call_cache cache = { 0 };
    char text[64];
    int found = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "{\"method\":\"a.B%d\"}", i);
        assert_true(keep(&cache, text, i % 2 ? &method : &other_method));
        const struct cached_call *call = call_cache_find(&cache, text, strlen(text));
        assert_non_null(call);
        assert_ptr_equal(call->method, i % 2 ? &method : &other_method);
        assert_memory_equal(call->call.method, text + 11, strlen(text) - 13);
    }
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "{\"method\":\"a.B%d\"}", i);
        found += call_cache_find(&cache, text, strlen(text)) != NULL;
    }
    assert_in_range(found, 1, CALL_CACHE_CALLS);
    call_cache_done(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_by_the_same_bytes_only),
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_a_newer_one_takes_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
