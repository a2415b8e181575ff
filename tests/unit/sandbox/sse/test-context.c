/* Contexts on disk: made, activated, given certificates, found elsewhere, removed. */
#include "sandbox/sse/context.h"

#include "unit/helpers/sandbox/fixture.h"

#include "common/json.h"

#include <errno.h>

#define SECRET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
#define SECRET_2 "0123456789KLMNOPQRSTUVWXYZabcdefghijklmnopq"

static void test_certificates(void **state)
{
    _cleanup_json_ json_object *info = json_object_new_object(), *context = NULL;

    (void)state;
    context = context_new("EUROPE", GUID, info);
    assert_non_null(context);
    assert_false(context_has_certificate(context, "aa"));
    assert_int_equal(context_add_certificate(context, "aa", 100, 50), 0);
    assert_int_equal(context_add_certificate(context, "bb", 200, 60), 0);
    assert_true(context_has_certificate(context, "aa"));
    assert_int_equal(context_add_certificate(context, "cc", 300, 100), 0);
    assert_false(context_has_certificate(context, "aa"));
    assert_true(context_has_certificate(context, "bb"));
    assert_true(context_has_certificate(context, "cc"));
}

static json_object *enrollment(const char *secret)
{
    json_object *document = json_object_new_object();

    assert_int_equal(json_add_string(document, "secret", secret), 0);
    return document;
}

static void test_life(void **state)
{
    const struct store *store = *state;
    _cleanup_json_ json_object *info = json_object_new_object(), *context = NULL, *loaded = NULL,
                               *first = enrollment(SECRET), *second = enrollment(SECRET_2), *found = NULL,
                               *gone = NULL;

    assert_int_equal(context_load(store, "EUROPE", GUID, &loaded), -ENOENT);
    context = context_new("EUROPE", GUID, info);
    assert_int_equal(context_save(store, context), 0);
    assert_null(context_find_elsewhere(store, "AMERICAS", GUID));

    assert_int_equal(context_activate(store, context, first), 0);
    assert_int_equal(context_activate(store, context, second), 0);
    assert_int_equal(context_save(store, context), 0);
    assert_int_equal(context_load(store, "EUROPE", GUID, &loaded), 0);
    assert_string_equal(json_get_string(loaded, "status"), "activated");
    assert_int_equal(enrollment_load(store, SECRET, &gone), -ENOENT);
    assert_int_equal(enrollment_load(store, SECRET_2, &found), 0);
    assert_string_equal(context_find_elsewhere(store, "AMERICAS", GUID), "EUROPE");
    assert_null(context_find_elsewhere(store, "EUROPE", GUID));

    assert_int_equal(context_remove(store, "EUROPE", GUID), 0);
    assert_int_equal(context_remove(store, "EUROPE", GUID), -ENOENT);
    assert_int_equal(enrollment_load(store, SECRET_2, &gone), -ENOENT);
    assert_int_equal(context_remove(store, "EUROPE", "../../sandbox"), -ENOENT);
}

static void test_list(void **state)
{
    _cleanup_json_ json_object *info = json_object_new_object(), *one = context_new("EUROPE", GUID, info),
                               *other = context_new("EUROPE", OTHER_GUID, info), *list = NULL, *none = NULL;

    assert_int_equal(context_save(*state, other), 0);
    assert_int_equal(context_save(*state, one), 0);
    assert_int_equal(context_list(*state, "EUROPE", &list), 0);
    assert_int_equal(json_object_array_length(list), 2);
    assert_string_equal(json_get_string(json_object_array_get_idx(list, 0), "guid"), GUID);
    assert_int_equal(context_list(*state, "APJC", &none), 0);
    assert_int_equal(json_object_array_length(none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),
        cmocka_unit_test_setup_teardown(test_life, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_list, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
