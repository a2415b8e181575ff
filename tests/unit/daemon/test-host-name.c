/* A new name of the host: who is told, and whether a refresh brings it to the cloud soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "daemon/host-name.h"
#include "unit/helpers/daemon/appliance.h"

static void test_changes(void **state)
{
    static const struct {
        const char *settings, *state, *more, *config;
        bool told, soon;
    } rows[] = {
        { ENABLED_EUROPE, "registered", "," IDENTITY QUIET, "", true, true },
        { ENABLED_EUROPE, "registered", "," IDENTITY QUIET, "identity = { name = \"given\"; };", false,
            false },
        { ENABLED_EUROPE, "registered", "," IDENTITY QUIET ",\"removed\":true", "", true, false },
        { "\"enabled\":false,\"revision\":1", "registered", "," IDENTITY QUIET, "", true, false },
        { ENABLED_EUROPE, "unregistered", "", "", true, false },
    };
    struct appliance *a = *state;

    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        char document[4096];

        snprintf(document, sizeof(document),
            "{\"version\":2,\"settings\":{%s},\"commits\":[],\"registration\":{\"state\":\"%s\",\"since\":1%"
            "s}}",
            rows[i].settings, rows[i].state, rows[i].more);
        appliance_start(a, document, rows[i].config);
        struct host_name *host_name = &a->f.manager->host_name;
        unsigned changes = a->f.core->changes;

        /* The kernel has reported the name of a container. */
        host_name_note_change(host_name);
        assert_int_equal(a->f.core->changes, changes);
        strcpy(host_name->name, "former");
        host_name_note_change(host_name);
        assert_int_equal(a->f.core->changes != changes, rows[i].told);
        const struct attempts *refresh = &registration_of(a)->attempts[OPERATION_REFRESH];
        int64_t in = attempts_next_time(refresh) - (int64_t)time(NULL);
        if ((attempts_are_planned(refresh) && in < 30) != rows[i].soon)
            fail_msg("row %zu: in %lld s", i, (long long)in);
        appliance_stop(a);
    }
}

/* A refresh that fails keeps its pauses: a new name is no reason to hasten. */
static void test_a_refresh_that_fails(void **state)
{
    struct appliance *a = *state;

    appliance_start(a, DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY QUIET), "");
    struct attempts *refresh = &registration_of(a)->attempts[OPERATION_REFRESH];
    refresh->failures = 3;
    uint64_t due = refresh->due;
    strcpy(a->f.manager->host_name.name, "former");
    host_name_note_change(&a->f.manager->host_name);
    assert_int_equal(refresh->due, due);
    appliance_stop(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_changes, appliance_set_up, appliance_tear_down),
        cmocka_unit_test_setup_teardown(test_a_refresh_that_fails, appliance_set_up, appliance_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
