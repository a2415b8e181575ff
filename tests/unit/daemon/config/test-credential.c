#include "daemon/config/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>

#include "unit/helpers/daemon/fixture.h"

static void test_names(void **state)
{
    static const char *const good[] = { "/etc/a", "credential:a", "credential:a.b-c" };
    static const char *const bad[] = { "", "a", "credential:", "credential:/etc/a", "credential:..",
        "credential:a/../../b", "Credential:a", "/etc/\x1b" };
    char name[400] = "credential:";

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++)
        assert_true(credential_is_well_formed(good[i]));
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_false(credential_is_well_formed(bad[i]));
    memset(name + strlen(name), 'x', 255);
    assert_true(credential_is_well_formed(name));
    strcat(name, "x");
    assert_false(credential_is_well_formed(name));
}

static void test_reading(void **state)
{
    static const struct {
        const char *contents;
        int result;
        const char *text;
    } rows[] = {
        { "secret\n", 0, "secret" },
        { "secret", 0, "secret" },
        { "12345678", 0, "12345678" },
        { "123456789", -EFBIG, NULL },
        { "", -ENODATA, NULL },
    };
    struct fixture f;
    char file[96];

    (void)state;
    fixture_open(&f);
    snprintf(file, sizeof(file), "%s/a.token", f.directory);
    setenv("CREDENTIALS_DIRECTORY", f.directory, 1);
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_erase_ char *by_name = NULL, *by_path = NULL;

        fixture_write(file, rows[i].contents);
        assert_int_equal(credential_read("credential:a.token", 8, &by_name), rows[i].result);
        assert_int_equal(credential_read(file, 8, &by_path), rows[i].result);
        assert_true(streq0(by_name, rows[i].text) && streq0(by_path, rows[i].text));
    }
    char *none = NULL;
    /* The stand-in of the unit, which is no file of a password. */
    fixture_write(file, "\n");
    assert_int_equal(credential_read("credential:a.token", 8, &none), -ENOENT);
    assert_int_equal(credential_read(file, 8, &none), 0);
    assert_string_equal(none, "");
    free(TAKE_PTR(none));
    assert_int_equal(credential_read("credential:missing", 8, &none), -ENOENT);
    assert_int_equal(credential_read(f.directory, 8, &none), -EISDIR);
    /* No file either, and nobody waits for the other end of a FIFO. */
    assert_int_equal(credential_read("/dev/zero", 8, &none), -EMEDIUMTYPE);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_int_equal(credential_read(file, 8, &none), -EMEDIUMTYPE);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(credential_read("credential:a.token", 8, &none), -ENOKEY);
    assert_null(none);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
