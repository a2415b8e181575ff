/* The IDL texts and the tables of the programs name the same methods, parameters, types and words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/idl.h"
#include "common/reason.h"
#include "daemon/api/methods.h"
#include "daemon/registration/steps.h"
#include "daemon/state/names.h"
#include "daemon/state/schema.h"
#include "daemon/worker/replies.h"
#include "unit/helpers/idl-text.h"
#include "worker/methods/interface.h"

enum strictness {
    EXACT,   /* the table is the text: what is taken from a caller */
    READING, /* the table reads what the text describes: it may be content with less, never ask for more */
};

static void compare_fields(json_object *idl, json_object *type, const struct service_field *fields,
    const char *path, enum strictness strictness);

static void compare_choices(json_object *type, const char *const *choices)
{
    json_object *named = json_get_array(type, "choices");
    size_t n = 0;

    assert_non_null(named);
    for (; choices[n]; n++) {
        assert_true(n < json_object_array_length(named));
        assert_string_equal(json_object_get_string(json_object_array_get_idx(named, n)), choices[n]);
    }
    assert_int_equal(json_object_array_length(named), n);
}

static void compare_field(json_object *idl, json_object *described, const struct service_field *field,
    const char *path, enum strictness strictness)
{
    static const char *const kinds[] = {
        [SERVICE_BOOL] = "bool",
        [SERVICE_INT] = "int",
        [SERVICE_STRING] = "string",
        [SERVICE_STRINGS] = "string",
        [SERVICE_ENUM] = "enum",
        [SERVICE_OBJECT] = "struct",
        [SERVICE_OBJECTS] = "struct",
    };
    bool optional = json_get_bool(described, "optional", false);
    bool array = field->type == SERVICE_STRINGS || field->type == SERVICE_OBJECTS;
    json_object *type = idl_resolve(idl, json_get_object(described, "type"));

    if (strictness == EXACT)
        assert_int_equal(field->optional, optional);
    else
        assert_true(field->optional || !optional);
    assert_int_equal(json_get_bool(described, "array", false), array);
    assert_string_equal(json_get_string(type, "kind"), kinds[field->type]);
    if (field->type == SERVICE_ENUM)
        compare_choices(type, field->choices);
    if (field->fields)
        compare_fields(idl, type, field->fields, path, strictness);
}

static void compare_fields(json_object *idl, json_object *type, const struct service_field *fields,
    const char *path, enum strictness strictness)
{
    json_object *described = json_get_object(type, "fields");
    int n = 0;

    assert_string_equal(json_get_string(type, "kind"), "struct");
    for (; fields && fields[n].name; n++) {
        json_object *field = json_get_object(described, fields[n].name);
        char inner[256];

        snprintf(inner, sizeof(inner), "%s.%s", path, fields[n].name);
        print_message("%s\n", inner);
        assert_non_null(field);
        compare_field(idl, field, &fields[n], inner, strictness);
    }
    assert_int_equal(json_object_object_length(described), n);
}

static json_object *method_type(json_object *idl, const char *method, const char *direction)
{
    return json_get_object(json_get_object(json_get_object(idl, "methods"), method), direction);
}

static void compare_interface(const struct service_interface *interface)
{
    _cleanup_json_ json_object *idl = idl_parse(interface->description);
    int n = 0;

    assert_string_equal(json_get_string(idl, "name"), interface->name);
    for (; interface->methods[n].name; n++) {
        const struct service_method *method = &interface->methods[n];
        json_object *in = method_type(idl, method->name, "in");

        print_message("%s\n", method->name);
        assert_non_null(in);
        assert_non_null(method->run);
        compare_fields(idl, in, method->fields, method->name, EXACT);
    }
    assert_int_equal(json_object_object_length(json_get_object(idl, "methods")), n);
}

static void test_agent_methods(void **state)
{
    (void)state;
    assert_ptr_equal(methods_interface.description, idl_agent);
    compare_interface(&methods_interface);
}

static void test_casebook_methods(void **state)
{
    (void)state;
    assert_ptr_equal(methods_interface.next->description, idl_casebook);
    compare_interface(methods_interface.next);
    assert_null(methods_interface.next->next);
}

static void test_worker_methods(void **state)
{
    (void)state;
    assert_ptr_equal(worker_interface.description, idl_worker);
    compare_interface(&worker_interface);
}

/* Who may only read can't change anything. */
static void test_permissions(void **state)
{
    static const char *const readable[] = { "GetStatus", "ListServers", "GetSettings", "ListCommits",
        "GetCertificate", "GetMetrics" };

    (void)state;
    for (const struct service_method *method = methods_interface.methods; method->name; method++) {
        bool read = false;

        for (size_t i = 0; i < ELEMENTS(readable); i++)
            read = read || streq(readable[i], method->name);
        assert_int_equal(method->permission, read ? SERVICE_READ : SERVICE_WRITE);
    }
}

/* Each name that a type of the text uses is a type of the text. */
static void check_names(json_object *idl, json_object *type)
{
    type = idl_resolve(idl, type);
    json_object *fields = json_get_object(type, "fields");

    if (fields) {
        json_object_object_foreach(fields, name, field)
        {
            (void)name;
            check_names(idl, json_get_object(field, "type"));
        }
    }
}

static void check_all_names(const char *text)
{
    _cleanup_json_ json_object *idl = idl_parse(text);

    json_object_object_foreach(json_get_object(idl, "types"), type_name, type)
    {
        (void)type_name;
        check_names(idl, type);
    }
    json_object_object_foreach(json_get_object(idl, "errors"), error_name, error)
    {
        (void)error_name;
        check_names(idl, error);
    }
    json_object_object_foreach(json_get_object(idl, "methods"), method_name, method)
    {
        (void)method_name;
        check_names(idl, json_get_object(method, "in"));
        check_names(idl, json_get_object(method, "out"));
    }
}

static void test_names(void **state)
{
    (void)state;
    check_all_names(idl_agent);
    check_all_names(idl_casebook);
    check_all_names(idl_worker);
}

static void test_words(void **state)
{
    _cleanup_json_ json_object *agent = idl_parse(idl_agent);
    const char *reasons[REASON_MAX_] = { NULL };

    (void)state;
    for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++)
        reasons[reason - 1] = reason_to_string(reason);
    compare_choices(idl_type_of(agent, "Reason"), reasons);
    compare_choices(idl_type_of(agent, "State"), state_names);
    compare_choices(idl_type_of(agent, "Operation"), operation_names);
}

/* The daemon reads what the worker's text describes. */
static void test_worker_replies(void **state)
{
    static const struct {
        const char *method;
        const struct service_field *fields;
    } replies[] = {
        { "GenerateKey", reply_generate_key },
        { "CreateContext", reply_create_context },
        { "Activate", reply_activate },
        { "FetchTrustAnchors", reply_trust_anchors },
        { "Enroll", reply_certificate },
        { "Reenroll", reply_certificate },
        { "GetContextStatus", reply_context_status },
        { "Refresh", reply_context_status },
        { "DeleteContext", reply_delete_context },
        { "Check", reply_check },
        { "Recognise", reply_recognise },
    };
    _cleanup_json_ json_object *worker = idl_parse(idl_worker);

    (void)state;
    for (size_t i = 0; i < ELEMENTS(replies); i++)
        compare_fields(worker, method_type(worker, replies[i].method, "out"), replies[i].fields,
            replies[i].method, READING);
    /* GetCsrAttributes is for people. */
    assert_int_equal(
        json_object_object_length(json_get_object(worker, "methods")), (int)ELEMENTS(replies) + 1);
    compare_fields(worker, json_get_object(json_get_object(worker, "errors"), "Failed"), reply_failed,
        "Failed", READING);

    for (const char *const *name = step_names; *name; name++)
        for (enum operation operation = 0; operation < OPERATION_MAX_; operation++) {
            const struct step *step = step_find(operation, *name);
            compare_fields(
                worker, method_type(worker, step->call.method, "out"), step->call.reply, step->name, READING);
        }
}

/* What both texts describe is the same thing. */
static void test_shared_types(void **state)
{
    _cleanup_json_ json_object *agent = idl_parse(idl_agent), *worker = idl_parse(idl_worker);
    _cleanup_json_ json_object *casebook = idl_parse(idl_casebook);
    json_object *shown = json_get_object(idl_type_of(agent, "CertificateInfo"), "fields");

    (void)state;
    assert_true(json_object_equal(idl_type_of(agent, "Tenant"), idl_type_of(worker, "Tenant")));
    assert_non_null(json_get_object(shown, "nextRenewal"));
    json_object_object_del(shown, "nextRenewal");
    assert_true(
        json_object_equal(idl_type_of(agent, "CertificateInfo"), idl_type_of(worker, "CertificateInfo")));
    json_object_object_foreach(json_get_object(casebook, "types"), name, type)
    {
        assert_true(json_object_equal(type, idl_type_of(worker, name)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_methods),
        cmocka_unit_test(test_casebook_methods),
        cmocka_unit_test(test_worker_methods),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_worker_replies),
        cmocka_unit_test(test_shared_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
