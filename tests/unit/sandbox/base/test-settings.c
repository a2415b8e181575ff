/* The settings that stay in the directory. */
#include "sandbox/base/settings.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <string.h>

static void test_none_yet(void **state)
{
    struct settings settings = SETTINGS_DEFAULT;

    assert_int_equal(settings_load(*state, &settings), -ENOENT);
    assert_int_equal(settings.token_validity, 3600);
}

static void test_round_trip(void **state)
{
    struct settings saved = SETTINGS_DEFAULT, loaded = SETTINGS_DEFAULT;

    saved.port = 4443;
    saved.token_validity = 7;
    saved.refresh_interval = 5;
    assert_int_equal(settings_save(*state, &saved), 0);
    assert_int_equal(settings_load(*state, &loaded), 0);
    assert_int_equal(loaded.port, 4443);
    assert_int_equal(loaded.token_validity, 7);
    /* the others are those of the start alone */
    assert_int_equal(loaded.refresh_interval, 1200);
}

static void write_settings(const struct store *store, const char *text)
{
    assert_int_equal(store_write(store, "sandbox.json", text, strlen(text)), 0);
}

static void test_files_that_make_no_sense(void **state)
{
    struct settings settings = SETTINGS_DEFAULT;

    write_settings(*state, "{\"port\":65535}");
    assert_int_equal(settings_load(*state, &settings), 0);
    assert_int_equal(settings.port, 65535);
    write_settings(*state, "{\"port\":65536}");
    assert_int_equal(settings_load(*state, &settings), -EBADMSG);
    write_settings(*state, "{\"port\":-1}");
    assert_int_equal(settings_load(*state, &settings), -EBADMSG);
    write_settings(*state, "port");
    assert_int_equal(settings_load(*state, &settings), -EBADMSG);
    assert_int_equal(settings.port, 65535);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none_yet, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_round_trip, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_files_that_make_no_sense, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
