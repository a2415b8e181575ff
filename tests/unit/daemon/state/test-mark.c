/* The mark beside a state directory: its owner, and directories without one. */
#include "daemon/state/mark.h"

#include "unit/helpers/daemon/fixture.h"

#define HERE "00112233445566778899aabbccddeeff"
#define ELSEWHERE "ffeeddccbbaa99887766554433221100"

static struct fixture f;
static char path[128];

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f);
    snprintf(path, sizeof(path), "%s.mark", f.state);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

static bool is_set(const char *directory, const char *machine_id)
{
    struct mark mark;

    mark_open(&mark, directory, machine_id);
    mark_close(&mark);
    mark_close(&mark);
    assert_int_equal(mark.fd, -1);
    return mark.set;
}

static void set(const char *machine_id)
{
    struct mark mark;

    mark_open(&mark, f.state, machine_id);
    mark_set(&mark);
    assert_true(mark.set);
    mark_close(&mark);
}

static void test_contents(void **state)
{
    static const struct {
        const char *text;
        bool here, nameless; /* whether a machine of this id, or without, is marked */
    } cases[] = {
        { "", false, false },
        { HERE "\n", true, false },
        { ELSEWHERE "\n", false, false },
        { "-\n", false, true },
        { HERE, false, false },
        { HERE "\n\n", false, false },
        { HERE HERE HERE "\n", false, false },
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        print_message("%s\n", cases[i].text);
        fixture_write(path, cases[i].text);
        assert_int_equal(is_set(f.state, HERE), cases[i].here);
        assert_int_equal(is_set(f.state, ""), cases[i].nameless);
    }
}

/* A machine takes the mark over from another one, and a shorter one from a longer. */
static void test_set(void **state)
{
    char slashes[96];

    (void)state;
    snprintf(slashes, sizeof(slashes), "%s//", f.state);
    set(ELSEWHERE);
    set(HERE);
    assert_true(is_set(f.state, HERE) && is_set(slashes, HERE) && !is_set(f.state, ELSEWHERE));
    set("");
    assert_true(is_set(f.state, "") && !is_set(f.state, HERE));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 2);
}

/* Where there can be no mark, nothing is marked and setting does nothing. */
static void test_no_mark(void **state)
{
    static const char *const directories[] = { ".", "..", "/", "", "/tmp/..", "/nonexistent/state" };
    struct mark mark;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(directories); i++) {
        mark_open(&mark, directories[i], HERE);
        assert_int_equal(mark.fd, -1);
        mark_set(&mark);
        assert_false(mark.set);
    }
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_false(is_set(f.state, HERE));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(is_set(f.state, HERE));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_contents), TEST(test_set), TEST(test_no_mark) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
