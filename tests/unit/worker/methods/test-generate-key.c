/* Keys of each type. */
#include "worker/methods/generate-key.h"

#include "common/json.h"
#include "unit/helpers/test-certificates.h"
#include "worker/x509/key.h"

static void test_types(void **state)
{
    (void)state;
    for (const char *const *type = key_type_names; *type; type++) {
        json_object *parameters = json_object_new_object();
        struct varlink_call call = { .parameters = parameters, .message = parameters };
        _cleanup_json_ json_object *reply = NULL;
        _cleanup_private_key_ struct private_key *key = NULL;
        char found[48];

        assert_int_equal(json_add_string(parameters, "keyType", *type), 0);
        assert_int_equal(method_generate_key(NULL, &call, &reply), 0);
        const char *pem = json_get_string(json_get_object(reply, "parameters"), "privateKey");
        assert_memory_equal(pem, "-----BEGIN PRIVATE KEY-----", 27);
        assert_int_equal(private_key_load(pem, &key), 0);
        key_describe(private_key_handle(key), found, sizeof(found));
        assert_string_equal(found, *type);
        varlink_call_done(&call);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_types) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
