/* Each remedy can be followed in the state that it is given in: the walk runs every command that it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "daemon/registration/failure.h"
#include "daemon/registration/sequence.h"
#include "daemon/settings/settings.h"
#include "unit/helpers/daemon/appliance.h"

#define HERE "11111111111111111111111111111111"
#define THERE "22222222222222222222222222222222"
#define BODY(machine, enabled, server, state, members)                                                       \
    "{\"version\":3,\"machineId\":\"" machine "\",\"settings\":{\"enabled\":" enabled                        \
    ",\"server\":\"" server "\",\"revision\":1},\"commits\":[],\"registration\":{\"state\":\"" state         \
    "\",\"since\":1500000000" members "}}"
#define ALL_STATES(machine, enabled, server, members, identity)                                              \
    {                                                                                                        \
        [STATE_UNREGISTERED] =                                                                               \
            BODY(machine, enabled, server, "unregistered", ",\"guid\":\"" GUID "\"" members),                \
        [STATE_REGISTERING] = BODY(                                                                          \
            machine, enabled, server, "registering", ",\"token\":\"" TOKEN "\"," SERVER_OF(server) members), \
        [STATE_REGISTERED] = BODY(machine, enabled, server, "registered", "," identity QUIET),               \
        [STATE_DEREGISTERING] = BODY(machine, enabled, server, "deregistering", "," identity),               \
    }
#define SERVER_OF(label) "\"server\":{\"label\":\"" label "\",\"fqdn\":\"api.eu.sse.itd.cisco.com\"}"
#define OLD_IDENTITY                                                                                         \
    "\"guid\":\"" GUID "\"," SERVER_OF("GONE") ",\"privateKey\":\"KEY\",\"certificate\":\"CERT\","           \
                                               "\"chain\":\"CHAIN\",\"certificateInfo\":" INFO(              \
                                                   "01") ",\"trustAnchors\":\"ANCHORS\","                    \
                                                         "\"estUrl\":\"https://est.example/eu\""

/* The situations: what allows or hinders requests to the cloud. */
static const struct {
    const char *name;
    const char *states[4];
} situations[] = {
    { "free", ALL_STATES(HERE, "true", "EUROPE", "", IDENTITY) },
    { "disabled", ALL_STATES(HERE, "false", "EUROPE", "", IDENTITY) },
    { "of another machine", ALL_STATES(THERE, "true", "EUROPE", "", IDENTITY) },
    { "server unknown", ALL_STATES(HERE, "true", "GONE", "", OLD_IDENTITY) },
};

/* The reasons that a state can have: those that end a registration for good are of an unregistered appliance. */
static bool is_possible(enum reason reason, enum state state, size_t situation)
{
    switch (reason) {
    case REASON_TOKEN_MALFORMED:
    case REASON_TOKEN_REJECTED:
        return state == STATE_UNREGISTERED;
    case REASON_ALREADY_REGISTERED:
        return state == STATE_REGISTERED;
    case REASON_NOT_REGISTERED:
        return state != STATE_REGISTERED;
    case REASON_SERVER_LOCKED:
        return state != STATE_UNREGISTERED;
    case REASON_BUSY:
        return state != STATE_REGISTERED;
    case REASON_FEATURE_DISABLED:
        return situation == 1;
    case REASON_IDENTITY_CHANGED:
        return situation == 2;
    case REASON_SERVER_UNKNOWN:
        return situation == 3;
    case REASON_STATE_LOST:
        return false;
    default:
        return reason != REASON_NONE;
    }
}

static bool set_and_commit(struct appliance *a, const bool *enabled, const char *server)
{
    struct settings *settings = &a->f.manager->settings;
    struct settings_conflict conflict = { 0 };
    struct refusal refusal = { 0 };

    json_object *commit; /* borrowed */

    bool good = settings_stage(settings, 0, enabled, server, &refusal) == SETTINGS_DONE &&
                settings_commit(settings, 0, "", &commit, &conflict, &refusal) == SETTINGS_DONE;
    if (!good)
        print_message("    settings: %s\n", refusal.message);
    return good;
}

static bool run_register(struct appliance *a, struct refusal *refusal)
{
    return registration_register(registration_of(a), &root_requester, TOKEN, refusal);
}

static bool run_deregister(struct appliance *a, struct refusal *refusal)
{
    const char *notice;

    return registration_deregister(registration_of(a), &root_requester, false, &notice, refusal);
}

static bool run_deregister_locally(struct appliance *a, struct refusal *refusal)
{
    const char *notice;

    return registration_deregister(registration_of(a), &root_requester, true, &notice, refusal);
}

static bool run_cancel(struct appliance *a, struct refusal *refusal)
{
    enum operation operation;

    return registration_cancel(registration_of(a), &root_requester, &operation, refusal) &&
           operation != OPERATION_NONE;
}

static bool run_reset(struct appliance *a, struct refusal *refusal)
{
    return registration_reset_identity(registration_of(a), &root_requester, refusal);
}

static bool run_renew(struct appliance *a, struct refusal *refusal)
{
    return registration_renew(registration_of(a), refusal);
}

static bool run_enable(struct appliance *a, struct refusal *refusal)
{
    const bool enabled = true;

    (void)refusal;
    return set_and_commit(a, &enabled, NULL);
}

static bool run_choose(struct appliance *a, struct refusal *refusal)
{
    (void)refusal;
    return set_and_commit(a, NULL, "AMERICAS");
}

/* What the words of a remedy mean. Longer words come first. */
static const struct {
    const char *words;
    bool (*run)(struct appliance *a, struct refusal *refusal); /* NULL: no command */
} phrases[] = {
    { "Wait until", NULL },
    { "eregister with --local-only", run_deregister_locally },
    { "end it with --local-only", run_deregister_locally },
    { "eregister", run_deregister },
    { "trctl renew", run_renew },
    { "trctl cancel", run_cancel },
    { "Register", run_register },
    { "register", run_register },
    { "cancel the registration", run_cancel },
    { "Cancel the registration", run_cancel },
    { "or cancel it", run_cancel },
    { "reset-identity", run_reset },
    { "Enable the", run_enable },
    { "choose another", run_choose },
    { "Choose the server", run_choose },
    { "choose the server", run_choose },
};

/* Lets the running deregistration end, as the cloud would. */
static void end_deregistration(struct appliance *a)
{
    struct refusal refusal;

    if (registration_saved(registration_of(a))->state == STATE_DEREGISTERING)
        run_deregister_locally(a, &refusal);
}

/* Runs the commands of a remedy in their order. */
static void follow(struct appliance *a, const char *remedy, const char *where)
{
    bool deregistered = false;

    /* "deregister" is also in words that are no command. */
    for (const char *at = remedy; *at;) {
        size_t i = 0;

        while (i < ELEMENTS(phrases) && strncmp(at, phrases[i].words, strlen(phrases[i].words)) != 0)
            i++;
        if (i == ELEMENTS(phrases)) {
            at++;
            continue;
        }
        struct refusal refusal = { 0 };
        at += strlen(phrases[i].words);
        /* A verb, not "registered" or "the registration". */
        if (phrases[i].run && strncmp(at, "ed", 2) != 0 && strncmp(at, "ing", 3) != 0) {
            if (deregistered)
                end_deregistration(a);
            if (!phrases[i].run(a, &refusal))
                fail_msg("%s: \"%s\": %s is refused: %s", where, remedy, phrases[i].words, refusal.message);
            deregistered = phrases[i].run == run_deregister;
        }
    }
}

static void walk(struct appliance *a, size_t situation, enum state state, enum reason reason)
{
    char where[128], remedy[FAILURE_REMEDY_MAX];

    fixture_write_state(&a->f, situations[situation].states[state]);
    fixture_start(&a->f, "");
    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), HERE);
    sequence_replan(registration_of(a));
    assert_int_equal(registration_saved(registration_of(a))->state, state);
    snprintf(where, sizeof(where), "%s, %s, %s", reason_to_string(reason), state_names[state],
        situations[situation].name);
    follow(a, failure_remedy(registration_of(a), reason, remedy), where);
    fixture_stop(&a->f);
}

static void test_each_remedy_can_be_followed(void **state)
{
    struct appliance *a = *state;

    for (size_t situation = 0; situation < ELEMENTS(situations); situation++)
        for (enum state one = STATE_UNREGISTERED; one <= STATE_DEREGISTERING; one++)
            for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++)
                if (is_possible(reason, one, situation))
                    walk(a, situation, one, reason);
}

/* Each failure of each step has a remedy that can be followed, in each situation. */
static void test_failures_of_steps(void **state)
{
    struct appliance *a = *state;

    for (size_t situation = 0; situation < ELEMENTS(situations); situation++)
        for (enum state one = STATE_REGISTERED; one <= STATE_DEREGISTERING; one++)
            for (size_t step = 0; step_names[step]; step++)
                for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++) {
                    char where[192];

                    if (reason != REASON_CERTIFICATE_REFUSED && reason != REASON_CERTIFICATE_EXPIRED &&
                        reason != REASON_CERTIFICATE_UNUSABLE)
                        continue;
                    if (strncmp(step_names[step], "re", 2) != 0 && !streq(step_names[step], "delete"))
                        continue;
                    if (one == STATE_DEREGISTERING && !streq(step_names[step], "delete"))
                        continue;
                    fixture_write_state(&a->f, situations[situation].states[one]);
                    fixture_start(&a->f, "");
                    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), HERE);
                    struct registration *r = registration_of(a);
                    sequence_replan(r);
                    registration_set_failure(
                        r, failure_new(r, OPERATION_RENEW, step_names[step], reason, "No.", false));
                    _cleanup_json_ json_object *shown = failure_show(r);
                    snprintf(where, sizeof(where), "%s, %s, %s, %s", step_names[step],
                        reason_to_string(reason), state_names[one], situations[situation].name);
                    follow(a, json_get_string(shown, "remedy"), where);
                    fixture_stop(&a->f);
                }
}

/* A failure that is shown in a later state has the remedy of that state. */
static void test_shown_failure(void **state)
{
    struct appliance *a = *state;
    char remedy[FAILURE_REMEDY_MAX];

    fixture_write_state(&a->f, situations[0].states[STATE_REGISTERED]);
    fixture_start(&a->f, "");
    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), HERE);
    struct registration *r = registration_of(a);
    assert_null(failure_show(r));
    registration_set_failure(
        r, failure_new(r, OPERATION_RENEW, "renewal-certificate", REASON_EST_REJECTED, "No.", false));
    _cleanup_json_ json_object *before = failure_show(r);
    assert_string_equal(json_get_string(before, "remedy"), json_get_string(r->last_failure, "remedy"));
    assert_non_null(strstr(json_get_string(before, "remedy"), "deregister"));
    struct refusal refusal;
    assert_true(run_deregister_locally(a, &refusal));
    _cleanup_json_ json_object *after = failure_show(r);
    assert_string_equal(json_get_string(after, "remedy"), failure_remedy(r, REASON_EST_REJECTED, remedy));
    assert_string_equal(remedy, reason_remedy(REASON_EST_REJECTED));
}

/* The whole remedy of a failure in a situation and a state. */
static const struct {
    size_t situation;
    enum state state;
    enum reason reason;
    const char *remedy;
} texts[] = {
    { 3, STATE_REGISTERING, REASON_SERVER_ERROR,
        "Put the server back into the list of servers in the configuration and reload, or cancel the "
        "registration and choose another one." },
    { 3, STATE_DEREGISTERING, REASON_SERVER_ERROR,
        "Put the server back into the list of servers in the configuration and reload, or deregister with "
        "--local-only and choose another one." },
    { 3, STATE_REGISTERING, REASON_EST_PENDING,
        "Put the server back into the list of servers in the configuration and reload, or cancel the "
        "registration and choose another one." },
    { 0, STATE_DEREGISTERING, REASON_NOT_REGISTERED,
        "If the registration shall stay, run trctl cancel, then run trctl renew." },
    { 1, STATE_DEREGISTERING, REASON_NOT_REGISTERED,
        "Enable the Cisco Threat Response feature and commit, then try again. If the registration shall "
        "stay, run trctl cancel, then run trctl renew." },
    { 0, STATE_REGISTERED, REASON_REMOVED_IN_PORTAL,
        "Wait until the agent has asked again: one denial proves no removal." },
    { 3, STATE_UNREGISTERED, REASON_SERVER_UNKNOWN,
        "Put the server back into the list of servers in the configuration and reload, or choose another "
        "server and commit." },
};

static void test_texts(void **state)
{
    struct appliance *a = *state;
    char remedy[FAILURE_REMEDY_MAX];

    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        fixture_write_state(&a->f, situations[texts[i].situation].states[texts[i].state]);
        fixture_start(&a->f, "");
        snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), HERE);
        sequence_replan(registration_of(a));
        assert_string_equal(failure_remedy(registration_of(a), texts[i].reason, remedy), texts[i].remedy);
        fixture_stop(&a->f);
    }
}

/* A certificate authority that forbids the enrolment is named, with the end of the wait. */
static void test_forbidden_enrolment(void **state)
{
    static const struct {
        enum state state;
        enum operation operation;
        const char *step;
        unsigned refusals;
        const char *remedy;
        bool permanent;
    } rows[] = {
        { STATE_UNREGISTERED, OPERATION_REGISTER, "certificate", 0,
            "Ask the certificate authority's administrator to allow the appliance, then register with a new "
            "token.",
            true },
        { STATE_UNREGISTERED, OPERATION_REGISTER, "activation", 0,
            "Register again later: the cloud had a fault.", true },
        { STATE_REGISTERING, OPERATION_REGISTER, "certificate", 0,
            "Nothing to do: the cloud has a fault; the agent tries again." },
        { STATE_REGISTERING, OPERATION_REGISTER, "certificate", 1,
            "Ask the certificate authority's administrator to allow the appliance: the registration goes on "
            "by itself then. trctl cancel ends it, and so do refusals over 21600 seconds "
            "(timing.refusal_patience)." },
        { STATE_REGISTERING, OPERATION_REGISTER, "activation", 1,
            "Nothing to do: the cloud has a fault; the agent tries again." },
        { STATE_REGISTERED, OPERATION_RENEW, "renewal-certificate", 1,
            "Ask the certificate authority's administrator to allow the appliance: the renewal goes on by "
            "itself then. trctl cancel ends it, and so do refusals over 21600 seconds "
            "(timing.refusal_patience)." },
    };
    struct appliance *a = *state;

    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        fixture_write_state(&a->f, situations[0].states[rows[i].state]);
        fixture_start(&a->f, "");
        snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), HERE);
        struct registration *r = registration_of(a);
        r->attempts[rows[i].operation].refusals = rows[i].refusals;
        registration_set_failure(r,
            failure_new(r, rows[i].operation, rows[i].step, REASON_SERVER_ERROR, "No.", rows[i].permanent));
        _cleanup_json_ json_object *shown = failure_show(r);
        assert_string_equal(json_get_string(shown, "remedy"), rows[i].remedy);
        fixture_stop(&a->f);
    }
}

/* The appliance's own limit is named: by a refusal, and by the failure of an operation that waits for it. */
static void test_limit_of_the_hour(void **state)
{
    struct appliance *a = *state;
    struct refusal refusal = { .reason = REASON_RATE_LIMITED };

    fixture_write_state(&a->f, situations[0].states[STATE_REGISTERING]);
    fixture_start(&a->f, "");
    snprintf(a->f.core->machine_id, sizeof(a->f.core->machine_id), HERE);
    struct registration *r = registration_of(a);
    struct attempts *attempts = &r->attempts[OPERATION_REGISTER];
    failure_fit_refusal(r, &refusal);
    assert_string_equal(refusal.remedy,
        "Wait for the time that is named: the limit is the appliance's own, timing.attempts_per_hour (20).");
    registration_set_failure(
        r, failure_new(r, OPERATION_REGISTER, "activation", REASON_SERVER_ERROR, "No.", false));
    attempts->failures = 1;
    attempts_move(attempts, UINT64_C(3000) * USEC_PER_SEC);
    for (int64_t i = 0; i <= r->core->config->attempts_per_hour; i++) {
        _cleanup_json_ json_object *shown = failure_show(r);

        assert_string_equal(json_get_string(shown, "remedy"),
            i < r->core->config->attempts_per_hour
                ? "Nothing to do: the cloud has a fault; the agent tries again."
                : "Nothing to do: the cloud has a fault; the agent tries again. The next attempt waits for "
                  "the appliance's own limit, timing.attempts_per_hour (20).");
        attempts_count_start(attempts);
    }
    fixture_stop(&a->f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_each_remedy_can_be_followed, appliance_set_up, appliance_tear_down),
        cmocka_unit_test_setup_teardown(test_failures_of_steps, appliance_set_up, appliance_tear_down),
        cmocka_unit_test_setup_teardown(test_texts, appliance_set_up, appliance_tear_down),
        cmocka_unit_test_setup_teardown(test_forbidden_enrolment, appliance_set_up, appliance_tear_down),
        cmocka_unit_test_setup_teardown(test_limit_of_the_hour, appliance_set_up, appliance_tear_down),
        cmocka_unit_test_setup_teardown(test_shown_failure, appliance_set_up, appliance_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
