/* Secrets on the disk: the blocks of a replaced file hold nothing of them. An open descriptor and a second
 * link show them. */
#include "unit/helpers/daemon/fixture.h"
#include "unit/helpers/daemon/states.h"

#define LONG_CHAIN                                                                                           \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct disk {
    struct fixture f;
    struct store store;
    char path[96], link[96];
    int fd;     /* the file that the next commit replaces */
    char *text; /* what stands in it */
};

static int set_up(void **state)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    assert_non_null(disk);
    fixture_open(&disk->f);
    snprintf(disk->path, sizeof(disk->path), "%s/state.json", disk->f.state);
    snprintf(disk->link, sizeof(disk->link), "%s/link", disk->f.directory);
    disk->fd = disk->store.directory = -1;
    *state = disk;
    return 0;
}

static void close_file(struct disk *disk)
{
    store_done(&disk->store);
    disk->fd = safe_close(disk->fd);
    free(disk->text);
    disk->text = NULL;
    unlink(disk->link);
}

static int tear_down(void **state)
{
    struct disk *disk = *state;

    close_file(disk);
    fixture_close(&disk->f);
    free(disk);
    return 0;
}

/* A file with each secret that there can be, and longer than a block. */
static void open_file(struct disk *disk)
{
    char chain[40 * sizeof(LONG_CHAIN)] = "", text[8192];

    for (int i = 0; i < 40; i++)
        strcat(chain, LONG_CHAIN);
    snprintf(text, sizeof(text),
        DOCUMENT("", "registered",
            "," IDENTITY ",\"token\":\"" TOKEN "\"," ENROLLMENT
            ",\"newPrivateKey\":\"KEY2\",\"newChain\":\"%s\""),
        chain);
    fixture_write_state(&disk->f, text);
    assert_int_equal(link(disk->path, disk->link), 0);
    disk->fd = open(disk->path, O_RDONLY | O_CLOEXEC);
    assert_true(disk->fd >= 0);
    disk->text = strdup(text);
    assert_true(strlen(text) > 4096);
    assert_int_equal(store_open(&disk->store, disk->f.state), 0);
    assert_null(disk->store.fault);
}

/* Checks what the descriptor and the link show: the text, or zeros as long as that. */
static void check_old_file(struct disk *disk, bool erased)
{
    size_t size = strlen(disk->text);
    char *blocks = malloc(size);

    assert_non_null(blocks);
    assert_int_equal(pread(disk->fd, blocks, size, 0), size);
    if (!erased)
        assert_memory_equal(blocks, disk->text, size);
    for (size_t i = 0; erased && i < size; i++)
        assert_int_equal(blocks[i], 0);
    free(blocks);
    _cleanup_free_ char *linked = fixture_read(disk->link);
    assert_string_equal(linked, erased ? "" : disk->text);
}

static json_object *begin(struct disk *disk, json_object **ret_registration)
{
    json_object *document = store_begin(&disk->store);

    *ret_registration = document_registration(document);
    return document;
}

/* Each change of the registration, whether a secret goes with it or not: what is replaced holds them all. */
static void test_changes(void **state)
{
    static const struct {
        const char *member, *value; /* NULL: dropped */
    } cases[] = {
        { "token", NULL },
        { "token", "new-token-0123456789" },
        { "privateKey", "KEY3" },
        { "newPrivateKey", NULL },
        { "enrollment", NULL },
        { "guid", GUID },
        { "newChain", NULL },
        { "certificate", "CERT3" },
        { "keyType", "rsa_2048" },
    };
    struct disk *disk = *state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        json_object *registration, *document;

        print_message("%s\n", cases[i].member);
        open_file(disk);
        document = begin(disk, &registration);
        assert_int_equal(document_set_string(registration, cases[i].member, cases[i].value), 0);
        assert_int_equal(store_commit(&disk->store, document), 0);
        check_old_file(disk, true);
        /* The new file is whole. */
        _cleanup_free_ char *text = fixture_read(disk->path);
        assert_string_equal(text, json_text(disk->store.document, NULL));
        close_file(disk);
    }
}

/* A file without secrets keeps its blocks. */
static void test_without_a_secret(void **state)
{
    struct disk *disk = *state;

    fixture_write_state(&disk->f, DOCUMENT("", "unregistered", ",\"guid\":\"" GUID "\""));
    disk->fd = open(disk->path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(store_open(&disk->store, disk->f.state), 0);
    assert_int_equal(store_commit(&disk->store, store_begin(&disk->store)), 0);
    char begin[16] = "";
    assert_int_equal(pread(disk->fd, begin, 11, 0), 11);
    assert_string_equal(begin, "{\"version\":");
}

/* The next start also overwrites the files of an interrupted commit. */
static void test_what_an_interruption_left(void **state)
{
    static const char *const names[] = { "state.json.new", "state.json.previous" };
    struct disk *disk = *state;

    for (size_t i = 0; i < ELEMENTS(names); i++) {
        char path[96], read_back[32] = "";

        fixture_write_state(&disk->f, DOCUMENT("", "unregistered", ""));
        snprintf(path, sizeof(path), "%s/%s", disk->f.state, names[i]);
        fixture_write(path, "{\"token\":\"" TOKEN "\"}");
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(store_open(&disk->store, disk->f.state), 0);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(pread(fd, read_back, 16, 0), 16);
        for (size_t k = 0; k < 16; k++)
            assert_int_equal(read_back[k], 0);
        store_done(&disk->store);
    }
}

/* The secret of the enrolment alone is changed. */
static void test_nested_change(void **state)
{
    struct disk *disk = *state;
    json_object *registration, *document;

    open_file(disk);
    document = begin(disk, &registration);
    document_set_string(json_get_object(registration, "enrollment"), "secret", "other");
    assert_int_equal(store_commit(&disk->store, document), 0);
    check_old_file(disk, true);
}

static void test_all_at_once(void **state)
{
    struct disk *disk = *state;
    json_object *document;

    open_file(disk);
    document = store_begin(&disk->store);
    document_forget_identity(document);
    document_set_string(document_registration(document), "state", "unregistered");
    assert_int_equal(store_commit(&disk->store, document), 0);
    check_old_file(disk, true);
}

/* A commit that fails is no reason to overwrite the only file that there is. */
static void test_failed_commit(void **state)
{
    struct disk *disk = *state;
    json_object *registration, *document;
    char path[96];

    open_file(disk);
    snprintf(path, sizeof(path), "%s/state.json.new", disk->f.state);
    assert_int_equal(mkdir(path, 0700), 0);
    document = begin(disk, &registration);
    document_set(registration, "token", NULL);
    assert_int_equal(store_commit(&disk->store, document), -EEXIST);
    check_old_file(disk, false);
    assert_int_equal(rmdir(path), 0);
}

/* A file that someone else has put in its place is neither followed nor overwritten. */
static void test_replaced_by_a_link(void **state)
{
    struct disk *disk = *state;
    json_object *registration, *document;
    char other[96];

    open_file(disk);
    snprintf(other, sizeof(other), "%s/other", disk->f.directory);
    fixture_write(other, "not mine");
    assert_int_equal(unlink(disk->path), 0);
    assert_int_equal(symlink(other, disk->path), 0);
    document = begin(disk, &registration);
    document_set(registration, "token", NULL);
    assert_int_equal(store_commit(&disk->store, document), 0);
    _cleanup_free_ char *text = fixture_read(other);
    assert_string_equal(text, "not mine");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_changes),
        TEST(test_without_a_secret),
        TEST(test_what_an_interruption_left),
        TEST(test_nested_change),
        TEST(test_all_at_once),
        TEST(test_failed_commit),
        TEST(test_replaced_by_a_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
