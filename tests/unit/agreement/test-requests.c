/* The worker's tables take what the steps of the daemon ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/helpers/daemon/step-requests.h"
#include "worker/methods/interface.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X64 X64 X64 X64

static const struct service_field *fields_of(const char *method)
{
    for (const struct service_method *m = worker_interface.methods; m->name; m++)
        if (streq(m->name, method))
            return m->fields;
    fail_msg("the worker has no method %s", method);
    return NULL;
}

static void assert_requests_taken(struct fixture *f)
{
    char text[4096], name[128];

    for (size_t i = 0; step_requests[i].step; i++) {
        snprintf(text, sizeof(text), "{%s}", step_requests[i].registration);
        _cleanup_json_ json_object *registration = fixture_parse(text);
        const struct step *step = steps_find(step_requests[i].step);
        const struct saved saved = steps_read_registration(registration);
        _cleanup_json_ json_object *request = step->request(f->core, &saved);

        print_message("%s\n", step->name);
        name[0] = 0;
        int r = service_check_fields(fields_of(step->call.method), request, name, sizeof(name));
        assert_string_equal(name, "");
        assert_int_equal(r, 0);
    }
}

static void test_requests(void **state)
{
    assert_requests_taken(*state);
}

/* The largest values that the configuration allows are taken by the worker. */
static void test_largest_requests(void **state)
{
    struct fixture *f = *state;
    char config[8192];

    snprintf(config, sizeof(config),
        "identity = { name = \"%.253s\"; type = \"%s\"; version = \"%s\"; description = \"%s%s%s%s\";\n"
        "  ip = \"2001:db8:1111:2222:3333:4444:5555:6666\"; };\n"
        "network = { proxy = \"http://%.253s:65535/\"; proxy_user = \"%s\"; no_proxy = [ \"%.253s\" ];\n"
        "  connect_to = ( \"%.253s:::\" ); connect_timeout = 300; timeout = 600; };\n"
        "timing = { refresh_interval = 86400; };\n"
        "sse = { contexts = \"/%.255s\"; };\n",
        X256, X64, X64, X256, X256, X256, X256, X256 X256 X256 X256, X256, X256, X256, X256);
    fixture_stop(f);
    fixture_start_core(f, config);
    assert_requests_taken(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests, steps_set_up, steps_tear_down),
        cmocka_unit_test_setup_teardown(test_largest_requests, steps_set_up, steps_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
