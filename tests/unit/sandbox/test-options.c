/* The command line of trsandbox: options, operands, and the mistakes in them. */
#include "sandbox/options.h"

#include "unit/helpers/sandbox/fixture.h"

#include <errno.h>
#include <string.h>

static struct options options;

/* Parses arguments up to NULL. Errors go to standard error. */
static int parse(const char *const *arguments)
{
    char *argv[16] = { (char *)(uintptr_t) "trsandbox" };
    int argc = 1;

    while (arguments[argc - 1]) {
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
        argc++;
    }
    return options_parse(argc, argv, &options);
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void test_the_server(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--directory", "/d"), 0);
    assert_int_equal(options.verb, VERB_SERVE);
    assert_string_equal(options.directory, "/d");
    assert_int_equal(options.settings.port, 0);
    assert_int_equal(options.settings.certificate_validity, 90 * 86400);
    assert_false(options.settings.basic);
    assert_int_equal(PARSE("--directory=/d", "--port=65535", "--lifetime", "5", "--enrollment", "basic"), 0);
    assert_int_equal(options.settings.port, 65535);
    assert_int_equal(options.settings.lifetime, 5);
    assert_true(options.settings.basic);
}

static void test_verbs(void **state)
{
    (void)state;
    assert_int_equal(PARSE("token", "--directory", "/d", "--expired", "--json"), 0);
    assert_int_equal(options.verb, VERB_TOKEN);
    assert_string_equal(options.region, "EUROPE");
    assert_true(options.expired && options.json);
    assert_int_equal(PARSE("remove", "--directory", "/d", GUID), 0);
    assert_int_equal(options.verb, VERB_REMOVE);
    assert_string_equal(options.operands[0], GUID);
    assert_int_equal(PARSE("fault", "--directory", "/d", "set", "all", "clock", "-60", "--times", "2"), 0);
    assert_int_equal(options.n_operands, 4);
    assert_string_equal(options.operands[3], "-60");
    assert_int_equal(options.times, 2);
    assert_int_equal(PARSE("fault", "--directory", "/d", "--", "set", "all", "content-type", "--x"), 0);
    assert_string_equal(options.operands[3], "--x");
}

static void test_help_needs_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--help"), 0);
    assert_true(options.help);
    assert_int_equal(PARSE("remove", "--help"), 0);
    assert_int_equal(PARSE("--version"), 0);
    assert_true(options.version);
}

static void test_mistakes(void **state)
{
    (void)state;
    assert_int_equal(PARSE("serve"), -EINVAL);
    assert_int_equal(PARSE("--port", "1"), -EINVAL);
    assert_int_equal(PARSE("--directory"), -EINVAL);
    assert_int_equal(PARSE("--directory="), -EINVAL);
    assert_int_equal(PARSE("--directory", "/d", "operand"), -EINVAL);
    assert_int_equal(PARSE("--directory", "/d", "--nothing"), -EINVAL);
    assert_int_equal(PARSE("--directory", "/d", "--json"), -EINVAL);
    assert_int_equal(PARSE("token", "--directory", "/d", "--json=yes"), -EINVAL);
    assert_int_equal(PARSE("token", "--directory", "/d", "operand"), -EINVAL);
    assert_int_equal(PARSE("remove", "--directory", "/d"), -EINVAL);
    assert_int_equal(PARSE("fault", "--directory", "/d", "a", "b", "c", "d", "e"), -EINVAL);
    assert_int_equal(PARSE("--directory", "/d", "--enrollment", "digest"), -EINVAL);
    assert_int_equal(PARSE("--directory", "/d", "--est-like", "nothing"), -EINVAL);
}

static void test_numbers(void **state)
{
    static const char *const bad[] = { "0", "-1", "65536", "1x", "x", "99999999999999999999" };

    (void)state;
    assert_int_equal(PARSE("--directory", "/d", "--port", "1"), 0);
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_int_equal(PARSE("--directory", "/d", "--port", bad[i]), -EINVAL);
    assert_int_equal(PARSE("fault", "--directory", "/d", "list", "--times", "2147483647"), 0);
    assert_int_equal(PARSE("fault", "--directory", "/d", "list", "--times", "2147483648"), -EINVAL);
}

/* Returns the usage text, to free. */
static char *usage(void)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    options_print_usage(&options, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_usage(void **state)
{
    _cleanup_free_ char *server = NULL, *fault = NULL;

    (void)state;
    assert_int_equal(PARSE("--help"), 0);
    server = usage();
    assert_non_null(strstr(server, "--est-like NAME"));
    assert_non_null(strstr(server, "--device-ca FILE"));
    assert_null(strstr(server, "KIND:"));
    assert_int_equal(PARSE("fault", "--help"), 0);
    fault = usage();
    assert_non_null(strstr(fault, "\nKIND:\n  status       CODE     "));
    assert_non_null(strstr(fault, "\n    with-foreign         "));
    assert_non_null(strstr(fault, "preset NAME:\n  libest "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_server),
        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_help_needs_nothing_else),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
