/* Completion at the console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "ctl/console/commands.h"
#include "ctl/console/complete.h"
#include "ctl/console/console.h"

/* No daemon answers at this socket: the servers are not offered. */
static struct session session = { .socket_path = "/nonexistent/socket" };

static const char *complete(struct console *console, const char *line, char *out, size_t size)
{
    static struct matches matches;
    size_t used = 0;

    complete_line(console, line, &matches);
    out[0] = 0;
    for (size_t i = 0; i < matches.n; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", matches.words[i]);
    return out;
}

static void test_completion(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        { "", "threatresponseconfig cloudserviceconfig commit clearchanges showchanges commitlog status "
              "check clustermode help exit quit" },
        { "c", "cloudserviceconfig commit clearchanges commitlog check clustermode" },
        { "COMM", "commit commitlog" },
        { "x", "" },
        { "threatresponseconfig ", "enable disable" },
        { "THREATRESPONSECONFIG D", "DISABLE" },
        { "cloudserviceconfig d", "deregister" },
        { "cloudserviceconfig register ", "--token-file --wait" },
        { "cloudserviceconfig register --token-file x --w", "--wait" },
        { "cloudserviceconfig deregister --l", "--local-only" },
        { "cloudserviceconfig settrs ", "" },
        { "cloudserviceconfig nonsense ", "" },
        { "clustermode g", "group" },
        { "clustermode group ", "" },
        { "help cl", "cloudserviceconfig clearchanges clustermode" },
        { "commit ", "" },
        { "nonsense ", "" },
        { "che", "check" },
        { "status; th", "threatresponseconfig" },
        { "status ;threatresponseconfig\te", "enable" },
    };
    struct console console = { .session = &session, .commands = command_table };
    char out[256];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(complete(&console, cases[i].line, out, sizeof(out)), cases[i].words);
    session.client = tr_client_free(session.client);
}

static void test_completion_of_answers(void **state)
{
    char *offers[] = { (char *)"REGISTER", (char *)"SETTRS", NULL };
    struct console console = { .session = &session, .commands = command_table, .answering = true };
    char out[256];

    (void)state;
    assert_string_equal(complete(&console, "sta", out, sizeof(out)), "");
    console.offers = offers;
    assert_string_equal(complete(&console, "", out, sizeof(out)), "register settrs");
    assert_string_equal(complete(&console, "S", out, sizeof(out)), "SETTRS");
    assert_string_equal(complete(&console, "sta", out, sizeof(out)), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_completion_of_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
