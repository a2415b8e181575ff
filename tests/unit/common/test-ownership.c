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

/* No group is as good as root: neither its own nor another. */
static void test_groups(void **state)
{
    static const gid_t groups[] = { 0, STRANGER };

    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        assert_int_equal(chown(file, 0, groups[i]), 0);
        assert_int_equal(chmod(file, 0644), 0);
        assert_true(ownership_is_safe(file, why, sizeof(why)));
        assert_int_equal(chmod(file, 0660), 0);
        assert_false(ownership_is_safe(file, why, sizeof(why)));
    }
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

/* Each link on the way counts, also one that is neither in the text of the path nor in its end. */
static void test_links_between(void **state)
{
    /* What lies in FOLDER: a path, and what makes it unsafe (NULL: nothing): a folder with mode 0777. */
    static const struct {
        const char *path, *open;
    } cases[] = {
        { "first", NULL },
        { "first", "middle" },
        { "first", "inner" },
        { "to-middle/second", NULL },
        { "to-middle/second", "middle" },
        { "to-middle/../inner/file", "inner" },
        { "absolute", NULL },
        { "absolute", "middle" },
        { "missing", NULL },
        { "missing", "middle" },
    };
    static const char *const links[][2] = { { "first", "middle/second" },
        { "middle/second", "../inner/file" }, { "to-middle", "./middle//" },
        { "missing", "middle/nothing" } };
    char path[192], target[192];

    (void)state;
    snprintf(path, sizeof(path), "%s/middle", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, links[i][0]);
        assert_int_equal(symlink(links[i][1], path), 0);
    }
    snprintf(path, sizeof(path), "%s/absolute", folder);
    snprintf(target, sizeof(target), "%s/middle/second", folder);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s, open is %s\n", cases[i].path, cases[i].open ? cases[i].open : "none");
        if (cases[i].open)
            assert_int_equal(chmod(cases[i].open, 0777), 0);
        snprintf(path, sizeof(path), "%s/%s", folder, cases[i].path);
        assert_int_equal(ownership_is_safe(path, why, sizeof(why)), !cases[i].open);
        /* A relative path is checked the same. */
        assert_int_equal(ownership_is_safe(cases[i].path, why, sizeof(why)), !cases[i].open);
        if (cases[i].open) {
            snprintf(target, sizeof(target), "others can change \"%s/%s\"", folder, cases[i].open);
            assert_int_equal(strncmp(why, target, strlen(target)), 0);
            assert_int_equal(chmod(cases[i].open, 0755), 0);
        }
    }
    assert_int_equal(chdir("/"), 0);
}

/* A stranger replaces a link of his even in a sticky folder. */
static void test_link_of_a_stranger(void **state)
{
    char link[128], expected[256];

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(folder, 01777), 0);
    snprintf(link, sizeof(link), "%s/link", folder);
    assert_int_equal(symlink("inner/file", link), 0);
    assert_true(ownership_is_safe(link, why, sizeof(why)));
    assert_int_equal(lchown(link, STRANGER, STRANGER), 0);
    assert_false(ownership_is_safe(link, why, sizeof(why)));
    snprintf(expected, sizeof(expected), ": run \"chown -h root %s\"", link);
    assert_non_null(strstr(why, expected));
}

/* A missing file is that of whoever makes it first, also in a sticky folder. */
static void test_missing(void **state)
{
    static const struct {
        mode_t mode;
        const char *path, *missing;
        bool safe;
    } cases[] = {
        { 0755, "none", "none", true },
        { 0755, "none/file", "none", true },
        { 0777, "none", "", false },
        { 01777, "none", "none", false },
        { 01777, "none/file", "none", false },
        { 01777, "inner/none", "", true },
        { 01777, "dangling", "none", false },
    };
    char path[128], expected[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/dangling", folder);
    assert_int_equal(symlink("inner/../none", path), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s in %04o\n", cases[i].path, cases[i].mode);
        assert_int_equal(chmod(folder, cases[i].mode), 0);
        snprintf(path, sizeof(path), "%s/%s", folder, cases[i].path);
        assert_int_equal(ownership_is_safe(path, why, sizeof(why)), cases[i].safe);
        snprintf(expected, sizeof(expected), "others can make \"%s/%s\", which is missing: ", folder,
            cases[i].missing);
        if (!cases[i].safe && *cases[i].missing)
            assert_int_equal(strncmp(why, expected, strlen(expected)), 0);
    }
}

static void test_circle_of_links(void **state)
{
    char link[128];

    (void)state;
    snprintf(link, sizeof(link), "%s/link", folder);
    assert_int_equal(symlink("link", link), 0);
    assert_false(ownership_is_safe(link, why, sizeof(why)));
    assert_non_null(strstr(why, "too many links"));
}

static void test_others(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_true(ownership_is_safe("/nonexistent/file", why, sizeof(why)));
    assert_true(ownership_is_safe("/", why, sizeof(why)));
    assert_true(ownership_is_safe("/tmp/..", why, sizeof(why)));
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
        TEST(test_groups),
        TEST(test_owners),
        TEST(test_links),
        TEST(test_links_between),
        TEST(test_link_of_a_stranger),
        TEST(test_missing),
        TEST(test_circle_of_links),
        TEST(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
