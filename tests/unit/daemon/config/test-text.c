/* Text that libconfig would ignore is reported with its line; valid text is left to libconfig. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "unit/helpers/daemon/fixture.h"

static char reported[1024];

static void take_report(void *userdata, const char *line)
{
    (void)userdata;
    if (!*reported)
        snprintf(reported, sizeof(reported), "%s", line);
}

#define UNCLOSED "found a comment that begins here and does not end, allowed is one that ends with */"
#define MARK "found a byte order mark, allowed is UTF-8 that begins with its first setting"
#define GOOD "log = { level = \"info\"; };\n"

/* A text, its size if it has NUL bytes, and what is reported behind the name of the file; NULL: nothing. */
static const struct {
    const char *text;
    size_t size;
    const char *report;
} cases[] = {
    { GOOD, 0, NULL },
    { "/* note\n" GOOD, 0, "1: " UNCLOSED },
    { GOOD "\n/* note */ /* another\n", 0, "3: " UNCLOSED },
    { GOOD "/*", 0, "2: " UNCLOSED },
    { GOOD "/*/", 0, "2: " UNCLOSED },
    { GOOD "/**/", 0, NULL },
    { "/* # \" // */ " GOOD, 0, NULL },
    { "# /* no comment\n" GOOD, 0, NULL },
    { "// /* no comment\n" GOOD, 0, NULL },
    { "identity = { description = \"/* text\"; };\n", 0, NULL },
    { "identity = { description = \"a \\\" /* text\"; };\n", 0, NULL },
    { "identity = { description = \"# \" /* note */ \"text\"; };\n", 0, NULL },
    { "identity = { description = \"text;\n", 0,
        "1: found a text that begins here and does not end, allowed is one in double quotes" },
    { "\xef\xbb\xbf" GOOD, 0, "1: " MARK },
    { "\xff\xfe"
      "l\0o\0",
        6, "1: found UTF-16, allowed is UTF-8" },
    { "\xfe\xff"
      "\0l",
        4, "1: found UTF-16, allowed is UTF-8" },
    { GOOD "a\0b\n", sizeof(GOOD "a\0b\n") - 1, "2: found a NUL byte, allowed is text in UTF-8" },
    { "# Beh\xf6rde\n" GOOD, 0, NULL },
    { "\nidentity = { name = \"Beh\xf6rde\"; };\n", 0,
        "2: identity.name: found \"Beh\\xf6rde\", allowed is UTF-8 text without control characters of at "
        "most 253 bytes" },
    { "# note\r\nlog = {\r\n level = \"info\";\r\n};\r\n", 0, NULL },
    { GOOD GOOD, 0, "2: duplicate setting name" },
    { GOOD "log = { };\n", 0, "2: duplicate setting name \"log\"" },
    { "log = {\n level = 1;\n\tlevel=2;\n};\n", 0, "3: duplicate setting name \"level\"" },
    { "log = { level = \"info\"; level = \"info\"; };\n", 0, "1: duplicate setting name" },
    { "", 0, NULL },
    { "\n\t # nothing\n", 0, NULL },
};

/* The same in the file itself and in one that it includes. */
static void check(struct fixture *f, size_t i, bool included)
{
    size_t size = cases[i].size ? cases[i].size : strlen(cases[i].text);
    char part[96], text[160], expected[512];
    struct config *config = NULL;

    snprintf(part, sizeof(part), "%s/part.conf", f->directory);
    snprintf(text, sizeof(text), "# a file\n  @include \"%s\"\n", part);
    FILE *file = fopen(included ? part : f->config, "w");
    assert_int_equal(fwrite(cases[i].text, 1, size, file), size);
    fclose(file);
    if (included)
        fixture_write(f->config, text);
    *reported = 0;
    print_message("case %zu\n", i);
    int r = config_load(f->config, take_report, NULL, &config);
    *expected = 0;
    if (cases[i].report)
        snprintf(expected, sizeof(expected), "%s:%s", included ? part : f->config, cases[i].report);
    assert_string_equal(reported, expected);
    assert_int_equal(r, cases[i].report ? -EINVAL : 0);
    config_free(config);
}

static void test_cases(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        check(&f, i, false);
        check(&f, i, true);
    }
    fixture_close(&f);
}

/* A password goes to the worker as JSON: in another coding it would end each call. */
static void test_passwords(void **state)
{
    static const struct {
        const char *contents;
        bool good;
    } passwords[] = { { "p\xc3\xa4ssw\xc3\xb6rd\n", true }, { "p\xe4ssw\xf6rd\n", false },
        { "secret\n# Beh\xf6rde\n", true }, { "tab\there", true }, { "\xff", false }, { "cut\xc3", false } };
    static const struct {
        const char *group, *key;
    } keys[] = { { "network", "proxy_password_file" }, { "est", "password_file" } };
    struct fixture f;
    char path[96], text[200], expected[300];

    (void)state;
    fixture_open(&f);
    snprintf(path, sizeof(path), "%s/password", f.directory);
    for (size_t k = 0; k < ELEMENTS(keys); k++) {
        snprintf(text, sizeof(text), "%s = {\n %s = \"%s\"; %s };\n", keys[k].group, keys[k].key, path,
            k == 0 ? "" : "user = \"joe\";");
        snprintf(expected, sizeof(expected),
            "%s:2: %s.%s: found bytes in \"%s\" that are not UTF-8, allowed is a password in UTF-8", f.config,
            keys[k].group, keys[k].key, path);
        fixture_write(f.config, text);
        for (size_t i = 0; i < ELEMENTS(passwords); i++) {
            struct config *config = NULL;

            fixture_write(path, passwords[i].contents);
            *reported = 0;
            assert_int_equal(
                config_load(f.config, take_report, NULL, &config), passwords[i].good ? 0 : -EINVAL);
            assert_string_equal(reported, passwords[i].good ? "" : expected);
            config_free(config);
        }
    }
    fixture_close(&f);
}

/* Files that include each other end, as libconfig's own reading does. */
static void test_circle(void **state)
{
    struct config *config = NULL;
    struct fixture f;
    char text[160];

    (void)state;
    fixture_open(&f);
    snprintf(text, sizeof(text), "@include \"%s\"\n", f.config);
    fixture_write(f.config, text);
    *reported = 0;
    assert_int_equal(config_load(f.config, take_report, NULL, &config), -EINVAL);
    assert_non_null(strstr(reported, "include"));
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_circle) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
