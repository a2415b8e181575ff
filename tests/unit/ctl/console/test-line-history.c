/* Which typed lines may be kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "ctl/console/commands.h"
#include "ctl/console/line-history.h"

#define TOKEN "de7c55f3ff0absdfs4a25aae94dfb064642"

static void test_what_may_be_kept(void **state)
{
    static const struct {
        const char *line;
        bool may;
    } cases[] = {
        { "status", true },
        { "threatresponseconfig enable; commit \"joined\"", true },
        { "cloudserviceconfig register", true },
        { "cloudserviceconfig settrs 2", true },
        { "help cloudserviceconfig", true },
        { "commit 'why " TOKEN "'", true },
        { "comit", true },
        { "cloudserviceconfig register --token-file /root/registration-token-of-today", true },

        { "", false },
        { "cloudserviceconfig register " TOKEN, false },
        { "CLOUDSERVICECONFIG REGISTER short", false },
        { "cloudserviceconfig register --token-file x y", false },
        { "status; cloudserviceconfig register " TOKEN, false },
        { "cloudserviceconfig register " TOKEN "; status", false },
        { TOKEN, false },
        { "register " TOKEN, false },
        { "cloudserviceconfg register " TOKEN, false },
        { "cloudserviceconfig regster " TOKEN, false },
        { "cloudserviceconfig settrs " TOKEN, false },
        { "help " TOKEN, false },
        { "comit " TOKEN, false },
        { "token=" TOKEN, false },
        { "status 'unclosed", false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        if (line_history_may_keep(command_table, cases[i].line) != cases[i].may)
            fail_msg("%s", cases[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_may_be_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
