/* Errors as a person reads them: a refused call is told as the verb that was typed, with what to do. */
#include "ctl/session/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/memory.h"

static const char denied[] = "org.threatresponse.agent.PermissionDenied";

/* Reports an error and returns what was printed on standard error. */
static const char *report(const struct session *session, const struct tr_error *error)
{
    static char printed[1024];
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);

    fflush(stderr);
    assert_true(file && kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    int code = report_error(session, error);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    printed[fread(printed, 1, sizeof(printed) - 1, file)] = 0;
    fclose(file);
    assert_int_equal(code, error->exit_class);
    return printed;
}

static void test_denied(void **state)
{
    static const struct {
        const char *verb, *code, *hint, *printed;
        enum tr_error_class class;
    } rows[] = {
        { "commit", denied, "Become root.",
            "trctl: You have no permission for \"trctl commit\".\n"
            "trctl: Become root (sudo trctl commit), or let api.admin_group in the configuration name a "
            "group of "
            "yours.\n",
            TR_CLASS_DENIED },
        { "reload", denied, "Become root or a member of the group operators.",
            "trctl: You have no permission for \"trctl reload\".\n"
            "trctl: Become root or a member of the group operators.\n",
            TR_CLASS_DENIED },
        { "call", denied, "Become root.", "trctl: the message\ntrctl: Become root.\n", TR_CLASS_DENIED },
        { "commit", "denied", "Become root or a member of the group that owns the socket.",
            "trctl: the message\ntrctl: Become root or a member of the group that owns the socket.\n",
            TR_CLASS_DENIED },
        { "commit", denied, "", "trctl: the message\n", TR_CLASS_FAILED },
        { NULL, denied, "Become root.", "trctl: the message\ntrctl: Become root.\n", TR_CLASS_DENIED },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const struct verb verb = { .name = rows[i].verb };
        const struct session session = { .verb = rows[i].verb ? &verb : NULL };
        struct tr_error error = { .exit_class = rows[i].class, .message = "the message" };

        snprintf(error.code, sizeof(error.code), "%s", rows[i].code);
        snprintf(error.hint, sizeof(error.hint), "%s", rows[i].hint);
        assert_string_equal(report(&session, &error), rows[i].printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
