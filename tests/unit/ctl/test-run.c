/* Exit codes of whole command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "ctl/run.h"
#include "unit/helpers/silence.h"

static int run_silent(const char *const *argv)
{
    int argc = 0;

    while (argv[argc])
        argc++;
    struct silence silence = silence_begin();
    int r = run_trctl(argc, (char **)(uintptr_t)argv);
    silence_end(&silence);
    return r;
}

#define RUN(...) run_silent((const char *const[]){ "trctl", __VA_ARGS__, NULL })

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(run_silent((const char *const[]){ "trctl", NULL }), 2);
    assert_int_equal(RUN("frobnicate"), 2);
    assert_int_equal(RUN("--frobnicate", "status"), 2);
    assert_int_equal(RUN("status", "--frobnicate"), 2);
    assert_int_equal(RUN("status", "more"), 2);
    assert_int_equal(RUN("status", "--json=yes"), 2);
    assert_int_equal(RUN("status", "--socket"), 2);
    assert_int_equal(RUN("server"), 2);
    assert_int_equal(RUN("server", "a", "b"), 2);
    assert_int_equal(RUN("commit", "-m"), 2);
    assert_int_equal(RUN("register", "de7c55f3ff0absdfs4a25aae94dfb064642"), 2);
    assert_int_equal(RUN("register", "--token", "x"), 2);
    assert_int_equal(RUN("register", "--wait=soon", "--token-file", "/nonexistent"), 2);
    assert_int_equal(RUN("register", "--token-file", "/nonexistent"), 2);
    assert_int_equal(RUN("help", "frobnicate"), 2);
    assert_int_equal(RUN("help"), 0);
    assert_int_equal(RUN("help", "commit"), 0);
    assert_int_equal(RUN("--help"), 0);
    assert_int_equal(RUN("--version"), 0);
    assert_int_equal(RUN("status", "--help"), 0);
}

/* complaint("socket: a missing permission and a missing daemon are reported as EOF") */
/* Without a daemon each verb that calls it reports that, before or behind whatever word the options are. */
static void test_unreachable(void **state)
{
    static const char *const words[] = { "status", "servers", "settings", "enable", "disable", "diff",
        "commit", "clear", "history", "cancel" };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(words); i++) {
        assert_int_equal(RUN("--socket", "/nonexistent/socket", words[i]), 3);
        assert_int_equal(RUN("--json", words[i], "--socket=/nonexistent/socket"), 3);
    }
    assert_int_equal(RUN("--socket=/nonexistent/socket", "status", "--watch"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "server", "--", "2"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "deregister", "--yes"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "call", "--more", "GetStatus"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "call", "GetStatus", "{}"), 3);
    assert_int_equal(RUN("--socket=/nonexistent/socket", "call", "GetStatus", "{"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_unreachable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
