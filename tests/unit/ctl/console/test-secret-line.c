/* Which typed lines may hold a token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/memory.h"
#include "ctl/console/commands.h"
#include "ctl/console/secret-line.h"

#define TOKEN "de7c55f3ff0absdfs4a25aae94dfb064642"

static void test_lines(void **state)
{
    static const struct {
        const char *line;
        bool possible;
    } cases[] = {
        { "status", false },
        { "threatresponseconfig enable; commit \"joined\"", false },
        { "cloudserviceconfig register", false },
        { "cloudserviceconfig settrs 2", false },
        { "help cloudserviceconfig", false },
        { "commit 'why " TOKEN "'", false },
        { "comit", false },
        { "cloudserviceconfig register --token-file /root/registration-token-of-today", false },
        { "", false },

        { "cloudserviceconfig register " TOKEN, true },
        { "CLOUDSERVICECONFIG REGISTER short", true },
        { "cloudserviceconfig register --token-file x y", true },
        { "status; cloudserviceconfig register " TOKEN, true },
        { "cloudserviceconfig register " TOKEN "; status", true },
        { TOKEN, true },
        { "register " TOKEN, true },
        { "cloudserviceconfg register " TOKEN, true },
        { "cloudserviceconfig regster " TOKEN, true },
        { "cloudserviceconfig settrs " TOKEN, true },
        { "help " TOKEN, true },
        { "comit " TOKEN, true },
        { "token=" TOKEN, true },
        { "status 'unclosed", true },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        if (secret_line_is_possible(command_table, cases[i].line) != cases[i].possible)
            fail_msg("%s", cases[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
