/* Contexts on disk: made, activated, given certificates, found elsewhere, removed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "sandbox/sse/context.h"

#define GUID "11111111-2222-4333-8444-555555555555"
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

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void test_life(void **state)
{
    char directory[] = "/tmp/test-sandbox-XXXXXX";
    _cleanup_json_ json_object *info = json_object_new_object(), *context = NULL, *loaded = NULL,
                               *first = enrollment(SECRET), *second = enrollment(SECRET_2), *found = NULL,
                               *gone = NULL;
    _cleanup_(store_close) struct store store = STORE_EMPTY;

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(store_open_directory(directory, true, &store), 0);
    assert_int_equal(context_load(&store, "EUROPE", GUID, &loaded), -ENOENT);
    context = context_new("EUROPE", GUID, info);
    assert_int_equal(context_save(&store, context), 0);
    assert_null(context_find_elsewhere(&store, "AMERICAS", GUID));

    assert_int_equal(context_activate(&store, context, first), 0);
    assert_int_equal(context_activate(&store, context, second), 0);
    assert_int_equal(context_save(&store, context), 0);
    assert_int_equal(context_load(&store, "EUROPE", GUID, &loaded), 0);
    assert_string_equal(json_get_string(loaded, "status"), "activated");
    assert_int_equal(enrollment_load(&store, SECRET, &gone), -ENOENT);
    assert_int_equal(enrollment_load(&store, SECRET_2, &found), 0);
    assert_string_equal(context_find_elsewhere(&store, "AMERICAS", GUID), "EUROPE");
    assert_null(context_find_elsewhere(&store, "EUROPE", GUID));

    assert_int_equal(context_remove(&store, "EUROPE", GUID), 0);
    assert_int_equal(context_remove(&store, "EUROPE", GUID), -ENOENT);
    assert_int_equal(enrollment_load(&store, SECRET_2, &gone), -ENOENT);
    assert_int_equal(context_remove(&store, "EUROPE", "../../sandbox"), -ENOENT);
    assert_int_equal(nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void test_locks(void **state)
{
    char directory[] = "/tmp/test-sandbox-XXXXXX";
    _cleanup_(store_close) struct store store = STORE_EMPTY;
    _cleanup_close_ int first = -1;
    long pid = 0;

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(store_open_directory(directory, true, &store), 0);
    first = store_lock_server(&store, &pid);
    assert_true(first >= 0);
    assert_int_equal(store_lock_server(&store, &pid), -EWOULDBLOCK);
    assert_int_equal(pid, getpid());
    assert_int_equal(nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_locks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
