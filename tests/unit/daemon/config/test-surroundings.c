/* What a configuration names and what is not there: each is told with its place, and the rest can be used. */
#include "daemon/config/surroundings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/helpers/daemon/fixture.h"

#define GOOD "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n"

static char told[4096];

static void collect(void *userdata, const char *line)
{
    (void)userdata;
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s\n", line);
}

/* Reads the file "c" with a look at the rest; what is told is in told. */
static int load(const char *text, const struct config_look *look)
{
    struct config *config = NULL;

    *told = 0;
    fixture_write("c", text);
    int r = config_load_and_look("c", look, collect, NULL, &config);
    assert_true((r >= 0) == (config != NULL));
    config_free(config);
    return r;
}

static int enter_directory(void **state)
{
    static struct fixture f;

    fixture_open(&f);
    *state = &f;
    return chdir(f.directory);
}

static int leave_directory(void **state)
{
    fixture_close(*state);
    return 0;
}

static void test_what_is_named(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *key, *value,
            *said; /* the value without a slash is a file in the directory; NULL: nothing is said */
    } rows[] = {
        { "network.ca_file", "good", NULL },
        { "network.ca_file", "missing", "(No such file or directory)" },
        { "network.ca_file", "empty", "(an empty file)" },
        { "network.ca_file", "page", "(no certificate in PEM)" },
        { "network.ca_file", "der", "(DER, not PEM)" },
        { "network.ca_file", ".", "(Is a directory)" },
        { "network.ca_bundle", "missing", "(No such file or directory)" },
        { "network.ca_bundle", "page", "(no certificate in PEM)" },
        { "worker.address", "good", "(Permission denied)" },
        { "worker.address", "missing", "(No such file or directory)" },
        { "worker.address", ".", "(no program)" },
        { "worker.address", "/bin/sh", NULL },
        { "worker.address", "unix:/bin/sh", "(no socket)" },
        { "worker.address", "unix:/nonexistent/socket", "(No such file or directory)" },
        { "api.admin_group", "root", NULL },
        { "api.admin_group", "no such group", "allowed is the name of a group of this machine" },
        { "api.socket_group", "no such group", "allowed is the name of a group of this machine" },
        { "api.socket_user", "root", NULL },
        { "api.socket_user", "no such user", "allowed is the name of a user of this machine" },
    };
    const struct config_look look = { .names = true };

    fixture_write("good", GOOD);
    fixture_write("empty", "");
    fixture_write("page", "<html>\n");
    fixture_write("der", "\x30\x82\x01\x01\x30\x81\x01");
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const char *value = rows[i].value, *dot = strchr(rows[i].key, '.');
        bool in_directory = strncmp(rows[i].key, "api.", 4) != 0 && !strchr(value, '/');
        char text[512], start[512];

        snprintf(text, sizeof(text), "%.*s = {\n %s = \"%s%s%s\"; };\n", (int)(dot - rows[i].key),
            rows[i].key, dot + 1, in_directory ? f->directory : "", in_directory ? "/" : "", value);
        assert_int_equal(load(text, &look), rows[i].said ? CONFIG_LACKING : 0);
        snprintf(start, sizeof(start), "c:2: %s: found \"", rows[i].key);
        if (rows[i].said && (strncmp(told, start, strlen(start)) != 0 || !strstr(told, rows[i].said)))
            fail_msg("row %zu: %s", i, told);
        /* Who does not look finds nothing. */
        assert_int_equal(load(text, NULL), 0);
        assert_string_equal(told, "");
    }
}

static void test_names_that_are_known(void **state)
{
    struct config known = {
        .socket_user = (char *)"u", .socket_group = (char *)"g", .admin_group = (char *)"a"
    };
    const struct config_look look = { .names = true, .known = &known };

    (void)state;
    assert_int_equal(
        load("api = { socket_user = \"u\"; socket_group = \"g\"; admin_group = \"a\"; };", &look), 0);
    assert_int_equal(load("api = { admin_group = \"u\"; };", &look), CONFIG_LACKING);
}

static void test_the_worker_of_an_option(void **state)
{
    struct config_look look = { .worker_address = "/nonexistent" };

    (void)state;
    assert_int_equal(load("", &look), CONFIG_LACKING);
    assert_non_null(strstr(told, "--worker: found \"/nonexistent\" (No such file or directory)"));
    look.worker_address = "/bin/sh";
    assert_int_equal(load("worker = { address = \"/nonexistent\"; };", &look), 0);
}

static void test_the_service(void **state)
{
    static const char *const hidden[] = { "/root", "/root/ca.pem", "/home/a/ca.pem", "/tmp/ca.pem",
        "/var/tmp/x", "/run/user/0/x", "/dev/shm/x" };
    static const char *const seen[] = { "/etc/ca.pem", "/rooted", "/homestead/x", "/var/lib/tmp/x", "/" };
    const struct fixture *f = *state;
    const struct config_look look = { .as_service = true };
    char text[512], link[128];

    for (size_t i = 0; i < ELEMENTS(hidden); i++)
        assert_true(surroundings_are_hidden(hidden[i]));
    for (size_t i = 0; i < ELEMENTS(seen); i++)
        assert_false(surroundings_are_hidden(seen[i]));

    snprintf(link, sizeof(link), "%s/link", f->directory);
    assert_int_equal(symlink("/tmp", link), 0);
    assert_true(surroundings_are_hidden(link));

    fixture_write("good", GOOD);
    snprintf(text, sizeof(text), "est = { anchors_file = \"%s/good\"; };", f->directory);
    assert_int_equal(load(text, &look), surroundings_are_hidden(f->directory) ? CONFIG_LACKING : 0);
    assert_int_equal(load("network = { proxy_password_file = \"credential:a\"; };",
                         &(struct config_look){ .skip_credentials = true }),
        0);
}

/* The worker is another user than the daemon: what lets only the owner in, or lies where only he may go, is of no use. */
static void test_files_that_not_everybody_reads(void **state)
{
    const struct fixture *f = *state;
    const struct config_look look = { .as_service = true };
    char text[512], path[160], folder[128];

    snprintf(folder, sizeof(folder), "/var/lib/test-surroundings-%d", (int)getpid());
    if (mkdir(folder, 0755) < 0)
        skip();
    (void)f;
    snprintf(path, sizeof(path), "%s/ca.pem", folder);
    snprintf(text, sizeof(text), "network = { ca_file = \"%s\"; };", path);
    fixture_write(path, GOOD);
    assert_int_equal(chmod(path, 0644), 0);
    int open_to_all = load(text, &look);
    assert_int_equal(chmod(path, 0600), 0);
    int file_closed = load(text, &look);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(folder, 0700), 0);
    int folder_closed = load(text, &look);
    unlink(path);
    rmdir(folder);
    assert_int_equal(open_to_all, 0);
    assert_int_equal(file_closed, CONFIG_LACKING);
    assert_int_equal(folder_closed, CONFIG_LACKING);
    assert_non_null(strstr(told, "(which the worker, another user, may not read)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_named, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(test_names_that_are_known, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(test_the_worker_of_an_option, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(test_the_service, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(
            test_files_that_not_everybody_reads, enter_directory, leave_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
