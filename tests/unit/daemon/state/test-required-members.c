/* What a registration must have before each step: each member that is missing is found. */
#include "daemon/state/required-members.h"

#include "daemon/state/names.h"
#include "unit/helpers/daemon/step-requests.h"

#define WHOLE "server guid privateKey certificate certificateInfo"

/* By the state and the step that is next ("": none is named), what must be there. */
static const struct {
    const char *state, *member, *step, *required;
} rows[] = {
    { "unregistered", "step", "", "" },
    { "unregistered", "step", "certificate", "" },
    { "unregistered", "renewalStep", "renewal-proof", "" },
    { "registering", "step", "", "server token" },
    { "registering", "step", "key", "server token" },
    { "registering", "step", "context", "server token guid privateKey" },
    { "registering", "step", "activation", "server token guid privateKey" },
    { "registering", "step", "trust", "server guid privateKey enrollment" },
    { "registering", "step", "rekey", "server guid privateKey enrollment trustAnchors" },
    { "registering", "step", "certificate", "server guid privateKey enrollment trustAnchors" },
    { "registering", "step", "confirm", WHOLE },
    /* A step of another operation is none of this one, which begins anew. */
    { "registering", "step", "delete", "server token" },
    { "registering", "step", "renewal-proof", "server token" },
    { "registered", "step", "", WHOLE },
    { "registered", "step", "key", WHOLE },
    { "registered", "renewalStep", "renewal-key", WHOLE },
    { "registered", "renewalStep", "renewal-trust", WHOLE " newPrivateKey" },
    { "registered", "renewalStep", "renewal-certificate", WHOLE " newPrivateKey" },
    { "registered", "renewalStep", "renewal-proof",
        WHOLE " newPrivateKey newCertificate newCertificateInfo" },
    { "registered", "renewalStep", "refresh", WHOLE },
    { "deregistering", "step", "", WHOLE },
    { "deregistering", "step", "delete", WHOLE },
    { "deregistering", "renewalStep", "renewal-trust", WHOLE " newPrivateKey" },
};

/* A registration with the members of a row but for the n-th one; false if the row has none of that number. */
static bool make_without(size_t row, size_t without, json_object **ret)
{
    json_object *registration = json_object_new_object();
    char names[256], *at = names, *name;
    bool left_out = false;

    json_add_string(registration, "state", rows[row].state);
    if (*rows[row].step)
        json_add_string(registration, rows[row].member, rows[row].step);
    snprintf(names, sizeof(names), "%s", rows[row].required);
    for (size_t i = 0; (name = strsep(&at, " ")); i++)
        if (i == without)
            left_out = *name;
        else if (*name)
            json_add_string(registration, name, "x");
    *ret = registration;
    return left_out;
}

static void test_each_missing_member(void **state)
{
    size_t found = 0;

    (void)state;
    for (size_t row = 0; row < ELEMENTS(rows); row++) {
        json_object *registration;

        assert_false(make_without(row, SIZE_MAX, &registration));
        print_message("%s\n", json_text(registration, NULL));
        assert_true(required_members_exist(registration));
        json_object_put(registration);
        for (size_t i = 0; make_without(row, i, &registration); i++, found++) {
            if (required_members_exist(registration))
                fail_msg("taken as whole: %s", json_text(registration, NULL));
            json_object_put(registration);
        }
        json_object_put(registration);
    }
    assert_true(found > 90);
}

/* Every step of the program can be resumed with what its own table has for it. */
static void test_every_step_is_known(void **state)
{
    char text[4096];

    (void)state;
    for (const struct step_request *request = step_requests; request->step; request++) {
        enum operation operation = steps_find(request->step)->operation;

        snprintf(text, sizeof(text), "{\"state\":\"%s\",\"%s\":\"%s\",%s}",
            operation == OPERATION_REGISTER     ? "registering"
            : operation == OPERATION_DEREGISTER ? "deregistering"
                                                : "registered",
            step_member(operation), request->step, request->registration);
        _cleanup_json_ json_object *registration = fixture_parse(text);
        print_message("%s\n", text);
        assert_true(required_members_exist(registration));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_missing_member),
        cmocka_unit_test(test_every_step_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
