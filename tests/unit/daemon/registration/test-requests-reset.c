/* Whose the identity is, and how it is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "daemon/registration/health.h"
#include "daemon/registration/requests.h"
#include "daemon/registration/sequence.h"
#include "unit/helpers/daemon/appliance.h"

#define HERE "11111111111111111111111111111111"
#define THERE "22222222222222222222222222222222"
#define BOUND(machine, state, members)                                                                       \
    "{\"version\":3,\"machineId\":\"" machine "\",\"settings\":{" ENABLED_EUROPE                             \
    "},\"commits\":[],\"registration\":{\"state\":\"" state "\",\"since\":1500000000" members "}}"
#define FAILURE                                                                                              \
    ",\"lastFailure\":{\"reason\":\"dns_failed\",\"message\":\"m\",\"remedy\":\"r\",\"permanent\":false,"    \
    "\"time\":4,\"operation\":\"refresh\",\"step\":\"refresh\"},\"lastSuccess\":4"

static int set_up(void **state)
{
    appliance_set_up(state);
    struct appliance *a = *state;

    SCRIPT(&a->worker, { "GenerateKey", SILENCE });
    return 0;
}

/* Starts with a state on the machine HERE. */
static void start_with(struct appliance *a, const char *text)
{
    fixture_write_state(&a->f, text);
    fixture_start(&a->f, "");
    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), HERE);
    sequence_replan(registration_of(a));
}

static const char *const states[] = {
    BOUND(THERE, "unregistered", ",\"guid\":\"" GUID "\"" FAILURE),
    BOUND(THERE, "registering", "," SERVER ",\"token\":\"" TOKEN "\"" FAILURE),
    BOUND(THERE, "registered", "," IDENTITY FAILURE),
    BOUND(THERE, "deregistering", "," IDENTITY FAILURE),
};

static void check_forgotten(struct appliance *a)
{
    json_object *registration = fixture_registration(&a->f);

    assert_string_equal(json_get_string(registration, "state"), "unregistered");
    /* The state, its time, who asked, and nothing else. */
    assert_int_equal(json_object_object_length(registration), 3);
    assert_null(json_object_object_get(a->f.core->store.document, "machineId"));
    assert_null(json_object_object_get(a->f.core->store.document, "everRegistered"));
    assert_null(a->f.manager->registration.last_failure);
    assert_int_equal(a->f.manager->registration.last_success, 0);
    assert_true(core_is_enabled(a->f.core));
    assert_string_equal(core_region_label(a->f.core), "EUROPE");
    assert_int_equal(a->f.core->store.saved.revision, 1);
}

static void test_of_another_machine(void **state)
{
    struct appliance *a = *state;

    for (size_t i = 0; i < ELEMENTS(states); i++) {
        struct refusal refusal;

        start_with(a, states[i]);
        assert_true(core_identity_is_foreign(a->f.core));
        assert_string_equal(health_name(registration_of(a)), "identity_changed");
        assert_false(registration_may_use_cloud(registration_of(a)));
        assert_int_equal(sequence_next(registration_of(a)), OPERATION_NONE);
        assert_true(registration_reset_identity(registration_of(a), &root_requester, &refusal));
        check_forgotten(a);
        assert_false(core_identity_is_foreign(a->f.core));
        assert_null(health_name(registration_of(a)));
        appliance_stop(a);
    }
}

static void test_of_this_machine(void **state)
{
    struct appliance *a = *state;
    static const struct {
        const char *text;
        enum reason reason; /* REASON_NONE: it is done */
    } cases[] = {
        { BOUND(HERE, "unregistered", ",\"guid\":\"" GUID "\"" FAILURE), REASON_NONE },
        { BOUND(HERE, "registering", "," SERVER ",\"token\":\"" TOKEN "\""), REASON_BUSY },
        { BOUND(HERE, "registered", "," IDENTITY), REASON_ALREADY_REGISTERED },
        { BOUND(HERE, "deregistering", "," IDENTITY), REASON_BUSY },
        /* Bound to no machine, as where there is no machine id. */
        { REGISTERED, REASON_ALREADY_REGISTERED },
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct refusal refusal = { REASON_NONE };

        start_with(a, cases[i].text);
        assert_false(core_identity_is_foreign(a->f.core));
        assert_int_equal(registration_reset_identity(registration_of(a), &root_requester, &refusal),
            cases[i].reason == REASON_NONE);
        assert_int_equal(refusal.reason, cases[i].reason);
        if (cases[i].reason == REASON_NONE)
            check_forgotten(a);
        else
            assert_string_equal(
                json_get_string(json_get_object(fixture_registration(&a->f), "server"), "label"), "EUROPE");
        appliance_stop(a);
    }
}

/* A machine without an id recognises nothing. */
static void test_without_machine_id(void **state)
{
    struct appliance *a = *state;

    start_with(a, states[2]);
    a->f.core->machine_id[0] = 0;
    assert_false(core_identity_is_foreign(a->f.core));
}

static void test_state_that_cannot_be_saved(void **state)
{
    struct appliance *a = *state;
    struct refusal refusal = { REASON_NONE };

    start_with(a, states[2]);
    a->f.core->store.read_only = true;
    assert_false(registration_reset_identity(registration_of(a), &root_requester, &refusal));
    assert_int_equal(refusal.reason, REASON_STATE_IO);
    assert_string_equal(json_get_string(fixture_registration(&a->f), "guid"), GUID);
    assert_non_null(a->f.manager->registration.last_failure);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, appliance_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_of_another_machine),
        TEST(test_of_this_machine),
        TEST(test_without_machine_id),
        TEST(test_state_that_cannot_be_saved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
