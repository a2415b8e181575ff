/* What the sandbox makes of a registration token: fresh, repeated, used, expired, of another region. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "sandbox/base/random-text.h"
#include "sandbox/sse/context.h"
#include "sandbox/sse/token.h"

#define GUID "11111111-2222-4333-8444-555555555555"
#define OTHER "11111111-2222-4333-8444-666666666666"
#define NOW 1700000000

static json_object *token(const char *guid)
{
    json_object *document = json_object_new_object();

    assert_int_equal(json_add_string(document, "region", "EUROPE"), 0);
    assert_int_equal(json_add_int(document, "expires", NOW + 10), 0);
    if (guid)
        assert_int_equal(json_add_string(document, "guid", guid), 0);
    return document;
}

static void test_judge(void **state)
{
    _cleanup_json_ json_object *fresh = token(NULL), *used = token(GUID);

    (void)state;
    assert_int_equal(token_judge(NULL, "EUROPE", GUID, NOW), TOKEN_INVALID);
    assert_int_equal(token_judge(fresh, "EUROPE", GUID, NOW), TOKEN_FRESH);
    assert_int_equal(token_judge(fresh, "AMERICAS", GUID, NOW), TOKEN_WRONG_REGION);
    assert_int_equal(token_judge(fresh, "EUROPE", GUID, NOW + 9), TOKEN_FRESH);
    assert_int_equal(token_judge(fresh, "EUROPE", GUID, NOW + 10), TOKEN_EXPIRED);
    assert_int_equal(token_judge(used, "EUROPE", GUID, NOW), TOKEN_REPEAT);
    assert_int_equal(token_judge(used, "EUROPE", GUID, NOW + 10), TOKEN_EXPIRED);
    assert_int_equal(token_judge(used, "EUROPE", OTHER, NOW), TOKEN_USED);
    assert_int_equal(token_judge(used, "AMERICAS", OTHER, NOW), TOKEN_USED);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void test_round_trip(void **state)
{
    char directory[] = "/tmp/test-sandbox-XXXXXX", path[96], text[TOKEN_LENGTH + 1];
    _cleanup_json_ json_object *minted = NULL, *again = NULL, *answer = json_object_new_object();
    _cleanup_(store_close) struct store store = STORE_EMPTY;

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(store_open_directory(directory, true, &store), 0);
    assert_int_equal(token_mint(&store, "EUROPE", NOW + 10, text), 0);
    assert_int_equal(strlen(text), 35);
    for (const char *p = text; *p; p++)
        assert_true(isalnum((unsigned char)*p));
    assert_int_equal(token_load(&store, text, &minted), 0);
    assert_string_equal(token_region(minted), "EUROPE");
    assert_null(token_answer(minted));
    assert_int_equal(json_add_string(answer, "secret", "s"), 0);
    assert_int_equal(token_use(&store, minted, GUID, answer), 0);
    assert_int_equal(token_load(&store, text, &again), 0);
    assert_int_equal(token_judge(again, "EUROPE", GUID, NOW), TOKEN_REPEAT);
    assert_string_equal(json_get_string(token_answer(again), "secret"), "s");
    assert_int_equal(token_load(&store, "../sandbox", &answer), -ENOENT);
    assert_int_equal(token_load(&store, "/////////////////../../etc/passwd", &answer), -ENOENT);
    snprintf(path, sizeof(path), "%s/tokens/%s.json", directory, text);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(token_load(&store, text, &answer), -ENOENT);
    assert_int_equal(nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
