/* Who may exchange a registration token: fresh, repeated, used, expired, of another region. */
#include "sandbox/sse/token.h"

#include "unit/helpers/sandbox/fixture.h"

#include "common/json.h"
#include "sandbox/base/random-text.h"

#include <errno.h>

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
    assert_int_equal(token_judge(used, "EUROPE", OTHER_GUID, NOW), TOKEN_USED);
    assert_int_equal(token_judge(used, "AMERICAS", OTHER_GUID, NOW), TOKEN_USED);
}

static void test_round_trip(void **state)
{
    const struct store *store = *state;
    char path[96], text[TOKEN_LENGTH + 1];
    _cleanup_json_ json_object *minted = NULL, *again = NULL, *answer = json_object_new_object();

    assert_int_equal(token_mint(store, "EUROPE", NOW + 10, text), 0);
    assert_true(is_random_text(text, TOKEN_LENGTH));
    assert_int_equal(token_load(store, text, &minted), 0);
    assert_string_equal(token_region(minted), "EUROPE");
    assert_null(token_answer(minted));
    assert_int_equal(json_add_string(answer, "secret", "s"), 0);
    assert_int_equal(token_use(store, minted, GUID, answer), 0);
    assert_int_equal(token_load(store, text, &again), 0);
    assert_int_equal(token_judge(again, "EUROPE", GUID, NOW), TOKEN_REPEAT);
    assert_string_equal(json_get_string(token_answer(again), "secret"), "s");
    assert_int_equal(token_load(store, "../sandbox", &answer), -ENOENT);
    assert_int_equal(token_load(store, "/////////////////../../etc/passwd", &answer), -ENOENT);
    snprintf(path, sizeof(path), "tokens/%s.json", text);
    assert_int_equal(store_remove(store, path), 0);
    assert_int_equal(token_load(store, text, &answer), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test_setup_teardown(test_round_trip, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
