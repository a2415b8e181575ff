/* Verbs, found by their names and by mistyped ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/memory.h"
#include "ctl/session/verb.h"

static const struct verb table[] = { { "status" }, { "servers" }, { "server" }, { "commit" }, { "enable" },
    { "register" }, { 0 } };

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(verb_find(table, "server"), &table[2]);
    assert_null(verb_find(table, "Server"));
    assert_null(verb_find(table, "serve"));
    assert_null(verb_find(table, ""));
}

static void test_suggest(void **state)
{
    static const struct {
        const char *name, *verb;
    } cases[] = {
        { "stauts", "status" },
        { "comit", "commit" },
        { "registr", "register" },
        { "servres", "servers" },
        { "enabled", "enable" },
        { "x", NULL },
        { "frobnicate", NULL },
        { "a-word-that-is-longer-than-any-verb-could-ever-be", NULL },
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct verb *verb = verb_suggest(table, cases[i].name);

        if (cases[i].verb)
            assert_string_equal(verb->name, cases[i].verb);
        else
            assert_null(verb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_suggest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
