/* The owners and modes of a file and of the folders above it decide. */
#include "common/ownership.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    STRANGER = 65533,
};

static char folder[64], file[128], why[2048];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* FOLDER/inner/file in the temporary folder. */
static int set_up(void **state)
{
    char inner[80];

    (void)state;
    strcpy(folder, "/tmp/test-ownership-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(inner, sizeof(inner), "%s/inner", folder);
    assert_int_equal(mkdir(inner, 0755), 0);
    snprintf(file, sizeof(file), "%s/file", inner);
    close(open(file, O_WRONLY | O_CREAT, 0644));
    /* The group of root is as good as root. */
    if (geteuid() == 0 && (chown(inner, 0, STRANGER) < 0 || chown(file, 0, STRANGER) < 0))
        return -1;
    *why = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void test_modes(void **state)
{
    static const struct {
        mode_t file, inner;
        bool safe;
    } cases[] = {
        { 0600, 0700, true },
        { 0644, 0755, true },
        { 0444, 0555, true },
        { 0664, 0755, false },
        { 0646, 0755, false },
        { 0622, 0755, false },
        { 01666, 0755, false },
        { 0644, 0775, false },
        { 0644, 0757, false },
        { 0644, 01777, true },
        { 0644, 01775, true },
        { 0666, 01777, false },
        { 0644, 02775, false },
    };
    char inner[80];

    (void)state;
    snprintf(inner, sizeof(inner), "%s/inner", folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(chmod(file, cases[i].file), 0);
        assert_int_equal(chmod(inner, cases[i].inner), 0);
        print_message("%04o in %04o\n", cases[i].file, cases[i].inner);
        assert_int_equal(ownership_is_safe(file, why, sizeof(why)), cases[i].safe);
    }
    assert_int_equal(chmod(inner, 0755), 0);
}

static void test_message(void **state)
{
    char expected[512];

    (void)state;
    assert_int_equal(chmod(file, 0666), 0);
    assert_false(ownership_is_safe(file, why, sizeof(why)));
    snprintf(expected, sizeof(expected), "others can change \"%s\", which belongs to ", file);
    assert_int_equal(strncmp(why, expected, strlen(expected)), 0);
    snprintf(expected, sizeof(expected), " and has the mode 0666: run \"chmod go-w %s\"", file);
    assert_non_null(strstr(why, expected));
}

/* Root's own checks: a file, and a folder, of a stranger. */
static void test_owners(void **state)
{
    char inner[80], expected[512];

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(file, STRANGER, STRANGER), 0);
    assert_false(ownership_is_safe(file, why, sizeof(why)));
    snprintf(expected, sizeof(expected),
        "others can change \"%s\", which belongs to uid 65533 and has the mode 0644: run \"chown root %s\"",
        file, file);
    assert_string_equal(why, expected);
    assert_int_equal(chmod(file, 0664), 0);
    assert_false(ownership_is_safe(file, why, sizeof(why)));
    snprintf(expected, sizeof(expected), "run \"chown root %s && chmod go-w %s\"", file, file);
    assert_non_null(strstr(why, expected));

    assert_int_equal(chown(file, 0, STRANGER), 0);
    assert_int_equal(chmod(file, 0644), 0);
    snprintf(inner, sizeof(inner), "%s/inner", folder);
    assert_int_equal(chown(inner, STRANGER, 0), 0);
    assert_false(ownership_is_safe(file, why, sizeof(why)));
    snprintf(expected, sizeof(expected), "others can change \"%s\", ", inner);
    assert_int_equal(strncmp(why, expected, strlen(expected)), 0);
    assert_non_null(strstr(why, ": keep it in a folder that belongs to root"));
    /* A sticky folder of a stranger is his. */
    assert_int_equal(chmod(inner, 01777), 0);
    assert_false(ownership_is_safe(file, why, sizeof(why)));
}

/* A link is followed, and the folder that it lies in counts. */
static void test_links(void **state)
{
    char link[128], open_folder[80];

    (void)state;
    snprintf(open_folder, sizeof(open_folder), "%s/open", folder);
    snprintf(link, sizeof(link), "%s/link", open_folder);
    assert_int_equal(mkdir(open_folder, 0700), 0);
    assert_int_equal(symlink("../inner/file", link), 0);
    assert_true(ownership_is_safe(link, why, sizeof(why)));
    assert_int_equal(chmod(open_folder, 0777), 0);
    assert_false(ownership_is_safe(link, why, sizeof(why)));
    assert_non_null(strstr(why, "/open\""));
    assert_int_equal(chmod(open_folder, 0700), 0);
    assert_int_equal(chmod(file, 0666), 0);
    assert_false(ownership_is_safe(link, why, sizeof(why)));
}

static void test_others(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_true(ownership_is_safe("/nonexistent/file", why, sizeof(why)));
    assert_true(ownership_is_safe("/", why, sizeof(why)));
    assert_true(ownership_is_safe("/tmp/..", why, sizeof(why)));
    if (geteuid() == 0) {
        assert_int_equal(chown(file, 0, 0), 0);
        assert_int_equal(chmod(file, 0660), 0);
        assert_true(ownership_is_safe(file, why, sizeof(why)));
        assert_int_equal(chmod(file, 0644), 0);
        assert_int_equal(chown(file, 0, STRANGER), 0);
    }
    assert_true(ownership_is_safe(folder, why, sizeof(why)));
    /* Write permission on a socket does not permit replacing it. */
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(chmod(address.sun_path, 0666), 0);
    assert_true(ownership_is_safe(address.sun_path, why, sizeof(why)));
    close(fd);
    /* A path without a folder is one of the working directory. */
    assert_int_equal(chdir(folder), 0);
    assert_true(ownership_is_safe("inner/file", why, sizeof(why)));
    assert_int_equal(chmod("inner/file", 0606), 0);
    assert_false(ownership_is_safe("inner/file", why, sizeof(why)));
    assert_int_equal(chdir("/"), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_modes),
        TEST(test_message),
        TEST(test_owners),
        TEST(test_links),
        TEST(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
