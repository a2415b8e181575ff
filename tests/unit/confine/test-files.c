/* Files that can no longer be reached, each rule by itself. */
#include "confine/files.h"

#include "unit/helpers/in-child.h"
#include "unit/helpers/temporary.h"

#include <linux/landlock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

static char folder[TEMPORARY_SIZE], kept[80], other[80], file[96];

static const char *in(const char *directory, const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(temporary_template(folder, "test-files")))
        return -1;
    snprintf(kept, sizeof(kept), "%s/kept", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    snprintf(file, sizeof(file), "%s/file", other);
    return mkdir(kept, 0700) < 0 || mkdir(other, 0700) < 0 || write_file(file) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(in(kept, "left"));
    unlink(in(other, "second"));
    unlink(file);
    rmdir(kept);
    rmdir(other);
    return rmdir(folder);
}

static int writes_in_one_folder(void)
{
    const char *const writable[] = { kept, "/no/such/folder", NULL };

    EXPECT(confine_files(&(struct confine_paths){ .writable = writable }) == 0);
    EXPECT(write_file(in(kept, "new")) == 0 && write_file(in(kept, "left")) == 0);
    EXPECT(unlink(in(kept, "new")) == 0);
    EXPECT(truncate(in(kept, "left"), 1) == 0);
    EXPECT(REFUSED(write_file(in(other, "new")), EACCES));
    EXPECT(REFUSED(write_file(file), EACCES));
    EXPECT(REFUSED(unlink(file), EACCES));
    EXPECT(REFUSED(rename(file, in(other, "renamed")), EACCES));
    EXPECT(REFUSED(mkdir(in(kept, "folder"), 0700), EACCES));
    EXPECT(REFUSED(symlink("left", in(kept, "link")), EACCES));
    EXPECT(read_file(file) == 0 && read_file("/etc/passwd") == 0);
    return 0;
}

static void test_writing(void **state)
{
    (void)state;
    run_in_child(writes_in_one_folder);
}

static int removes_in_one_folder(void)
{
    const char *const removable[] = { other, NULL };

    EXPECT(write_file(in(other, "second")) == 0 && write_file(in(kept, "left")) == 0);
    EXPECT(confine_files(&(struct confine_paths){ .removable = removable }) == 0);
    EXPECT(unlink(in(other, "second")) == 0);
    EXPECT(REFUSED(write_file(in(other, "second")), EACCES));
    EXPECT(REFUSED(unlink(in(kept, "left")), EACCES));
    return 0;
}

static void test_removing(void **state)
{
    (void)state;
    run_in_child(removes_in_one_folder);
}

static int reads_some_files(void)
{
    const char *const readable[] = { file, "/etc/ssl", "/no/such/file", NULL }, *const nothing[] = { NULL };

    EXPECT(confine_files(&(struct confine_paths){ NULL }) == 0);
    EXPECT(read_file("/etc/passwd") == 0);
    EXPECT(confine_files(&(struct confine_paths){ .readable = readable }) == 0);
    EXPECT(read_file(file) == 0 && read_file("/etc/ssl/openssl.cnf") == 0);
    EXPECT(REFUSED(read_file("/etc/passwd"), EACCES));
    EXPECT(REFUSED(read_file(other), EACCES));
    EXPECT(REFUSED(write_file(file), EACCES));
    /* It can only become stricter. */
    EXPECT(confine_files(&(struct confine_paths){ .readable = nothing }) == 0);
    EXPECT(REFUSED(read_file(file), EACCES));
    return 0;
}

static void test_reading(void **state)
{
    (void)state;
    run_in_child(reads_some_files);
}

static int executes(void)
{
    char *arguments[] = { (char *)"true", NULL }, *none[] = { NULL };
    const char *const writable[] = { "/", NULL };

    EXPECT(confine_files(&(struct confine_paths){ .writable = writable }) == 0);
    EXPECT(REFUSED(execve("/bin/true", arguments, none), EACCES));
    return 0;
}

static void test_executing(void **state)
{
    (void)state;
    run_in_child(executes);
}

/* Since Linux 6.12. */
static int reaches_abstract_sockets(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0test-files" };
    const char *const nothing[] = { NULL };
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(bind(listening, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(listening, 1) == 0);
    EXPECT(kill(getppid(), 0) == 0);
    EXPECT(confine_files(&(struct confine_paths){ .writable = nothing }) == 0);
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 6) {
        EXPECT(REFUSED(connect(fd, (struct sockaddr *)&name, sizeof(name)), EPERM));
        EXPECT(REFUSED(kill(getppid(), 0), EPERM));
    } else
        EXPECT(connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
    return 0;
}

static void test_other_processes(void **state)
{
    (void)state;
    run_in_child(reaches_abstract_sockets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_removing),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_executing),
        cmocka_unit_test(test_other_processes),
    };

    return cmocka_run_group_tests_name("files", tests, set_up, tear_down);
}
