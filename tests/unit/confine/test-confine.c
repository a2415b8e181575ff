/* Files and system calls at once, and the log line of a failure. */
#include "confine/confine.h"

#include "common/memory.h"
#include "unit/helpers/in-child.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>

static const int unix_only[] = { AF_UNIX, -1 };
static const char *const no_names[] = { NULL };

static int gives_up_both(void)
{
    const char *const readable[] = { "/etc/ssl", NULL };

    confine(LOG_ERR, &(struct confine_paths){ .readable = readable },
        &(struct confine_calls){ .names = no_names, .socket_families = unix_only });
    EXPECT(read_file("/etc/ssl/openssl.cnf") == 0);
    EXPECT(REFUSED(read_file("/etc/passwd"), EACCES));
    EXPECT(REFUSED(socket(AF_INET, SOCK_STREAM, 0), ENOSYS));
    return 0;
}

static void test_both(void **state)
{
    (void)state;
    run_in_child(gives_up_both);
}

/* The kernel stacks 16 rulesets of Landlock and refuses the next one: one line says so, and the filter is installed. */
static int goes_on_without_landlock(void)
{
    char text[512] = "";
    int fds[2];

    EXPECT(pipe(fds) == 0 && dup2(fds[1], STDERR_FILENO) >= 0);
    const char *const nothing[] = { NULL };
    for (int i = 0; i < 16; i++)
        EXPECT(confine_files(&(struct confine_paths){ .writable = nothing }) == 0);
    confine(LOG_ERR, &(struct confine_paths){ .writable = nothing },
        &(struct confine_calls){ .names = no_names, .socket_families = unix_only });
    EXPECT(read(fds[0], text, sizeof(text) - 1) > 0);
    EXPECT(strncmp(text, "This process can't be confined by Landlock: ", 44) == 0);
    EXPECT(strchr(text, '\n') && strchr(text, '\n')[1] == 0);
    EXPECT(REFUSED(socket(AF_INET, SOCK_STREAM, 0), ENOSYS));
    return 0;
}

static void test_failure_is_logged(void **state)
{
    (void)state;
    run_in_child(goes_on_without_landlock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both),
        cmocka_unit_test(test_failure_is_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
